"""Node types of users: a Python function with a model of its parameters."""
