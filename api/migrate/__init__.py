"""Having a run go on under another version."""
