"""One action on many runs: previewed, confirmed, and carried out as an operation."""
