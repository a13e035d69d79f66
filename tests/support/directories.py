"""Folders that Postgres's unprivileged user may reach, which pytest's own are not for root."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEMORY = "/dev/shm"
ROOM = 4 << 30
"""Bytes that have to be free: a few clusters, and what tests write into them."""


@contextmanager
def server_folder() -> Iterator[Path]:
    """An empty folder with a short path, gone after the block. In memory, where there is some for files.

    A database is 400 files, which a disk takes twenty times as long to make and to forget.
    """
    folder = Path(tempfile.mkdtemp(prefix="plait-", dir=MEMORY if _is_roomy(MEMORY) else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A folder for the servers of one test."""
    with server_folder() as folder:
        yield folder


def _is_roomy(place: str) -> bool:
    """Whether there is room, and programs may lie there: Postgres's do, where its user cannot reach the installed ones."""
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC and os.access(place, os.W_OK)
