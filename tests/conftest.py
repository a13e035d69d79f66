"""Fixtures that every test may ask for: one Temporal server and one Postgres a session."""

# A file that imports another one comes after it: pytest rewrites the asserts of what it imports first.
pytest_plugins = [
    "tests.support.temporal",
    "tests.support.postgres",
    "tests.support.http_server",
    "tests.support.engine",
    "tests.support.directories",
    "tests.support.live",
]
