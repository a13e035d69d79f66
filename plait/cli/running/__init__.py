"""Runs: starting, following and controlling them, one or many, and answering what they ask."""
