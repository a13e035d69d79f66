"""Environments: their variables, which version of a workflow each runs, and moving that."""
