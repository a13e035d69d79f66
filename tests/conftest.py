"""Fixtures that every test may ask for: one Temporal server and one Postgres a session."""

import os
from pathlib import Path

import pytest

from plait.dev.binary import find_temporal

# A file that imports another one comes after it: pytest rewrites the asserts of what it imports first.
pytest_plugins = [
    "tests.support.temporal",
    "tests.support.postgres",
    "tests.support.http_server",
    "tests.support.engine",
    "tests.support.directories",
    "tests.support.live",
]

WITHOUT_SERVERS = {"unit", "architecture"}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch or build Temporal's binary before the first test: it may take minutes, and tests have a limit."""
    tests = Path(__file__).parent
    if any(item.path.relative_to(tests).parts[0] not in WITHOUT_SERVERS for item in session.items):
        find_temporal(os.environ, print)
