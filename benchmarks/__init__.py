"""What Plait costs, measured. `make bench` runs all of it."""
