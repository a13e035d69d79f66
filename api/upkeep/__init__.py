"""What goes on without a request: Temporal is told again of what it missed, and old rows are cleared away."""
