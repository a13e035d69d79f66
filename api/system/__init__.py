"""Whether the process is well, what it counts, and who asks."""
