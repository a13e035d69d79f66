"""Backtests: what a candidate would have done with the recorded results of past runs. Nothing runs."""
