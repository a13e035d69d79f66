"""Folders that Postgres's unprivileged user may reach, which pytest's own are not for root."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """An empty folder with a short path, gone after the test."""
    folder = Path(tempfile.mkdtemp(prefix="plait-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
