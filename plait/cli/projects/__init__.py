"""A project: what is stored in it, where which version runs, what it keeps and may spend."""
