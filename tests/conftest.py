"""Fixtures that every test may ask for: one Temporal server and one Postgres a session."""

pytest_plugins = [
    "tests.support.directories",
    "tests.support.engine",
    "tests.support.http_server",
    "tests.support.postgres",
    "tests.support.temporal",
    "tests.support.live",  # imports from the others, which must be known by then
]
