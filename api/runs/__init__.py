"""Runs: starting, reading and stopping them, and overriding what is held."""
