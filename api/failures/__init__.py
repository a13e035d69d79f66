"""Failures of runs, grouped by what is the same in them."""
