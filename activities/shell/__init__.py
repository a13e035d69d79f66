"""The shell around every node: one attempt, from what it is given to what is on record of it."""
