"""Files that people send, and values too large to be shown in place."""
