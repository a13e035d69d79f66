"""External events: sent to a run, taken by one of its nodes."""
