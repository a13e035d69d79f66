"""How all runs of a project go: as they go, added up, and told to others."""
