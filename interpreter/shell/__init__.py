"""The one place where the interpreter meets Temporal: a thin shell around the pure core."""
