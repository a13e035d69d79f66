"""Retention: how long ended runs are kept, and which of them are due."""
