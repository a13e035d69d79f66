"""What a project may spend in a month, and what it has spent."""
