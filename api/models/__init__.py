"""Models over HTTP: the providers that a project may ask, and what its aliases stand for."""
