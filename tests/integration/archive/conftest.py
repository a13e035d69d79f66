"""An archiver on the test's database, and runs to archive."""

from datetime import timedelta
from pathlib import Path

import pytest

from plait.archive import ArchiveFiles, Archiver, open_archive
from plait.settings import Settings
from plait.store.archives import Terms
from plait.store.pool import Pool

DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where archives lie."""
    return tmp_path / "archive"


@pytest.fixture
def files(folder: Path) -> ArchiveFiles:
    """Archives in a folder."""
    found = open_archive(Settings(archive=str(folder)))
    assert found is not None
    return found


@pytest.fixture
def archiver(pool: Pool, files: ArchiveFiles) -> Archiver:
    """Keeps completed runs for a day, others for two."""
    return Archiver(pool, files, Terms(DAY, 2 * DAY))
