"""The side effects: one file a kind of node, and the shell that surrounds every node."""
