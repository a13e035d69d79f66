"""The feed: what happens to all runs of a project."""
