"""Fixtures that every test may ask for: one Temporal server and one Postgres a session."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from plait.dev.binary import find_temporal

# A file that imports another one comes after it: pytest rewrites the asserts of what it imports first.
pytest_plugins = [
    "tests.support.directories",
    "tests.support.leaks",
    "tests.support.temporal",
    "tests.support.postgres",
    "tests.support.http_server",
    "tests.support.model_server",
    "tests.support.mail",
    "tests.support.engine",
    "tests.support.asking",
    "tests.support.live",
    "tests.support.s3",
]

# An ordinary run tries the same examples each time; the long matrix goes looking for new ones. How long a test takes says
# something of the machine, not of the code.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", UNTIMED, derandomize=True)
settings.register_profile("exploring", UNTIMED, print_blob=True)
settings.load_profile("steady")

WITHOUT_SERVERS = {"unit", "architecture"}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch or build Temporal's binary before the first test: it may take minutes, and tests have a limit."""
    tests = Path(__file__).parent
    if any(item.path.relative_to(tests).parts[0] not in WITHOUT_SERVERS for item in session.items):
        find_temporal(os.environ, print)
