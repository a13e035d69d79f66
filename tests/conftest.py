"""Fixtures that every test may ask for: one Temporal server and one Postgres a session."""

pytest_plugins = ["tests.support.directories", "tests.support.postgres", "tests.support.temporal"]
