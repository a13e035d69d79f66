"""A folder of its own for each test."""

from pathlib import Path

import pytest

from tests.unit.plait.testing.support import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Where the test writes workflows and fixtures."""
    return Folder(tmp_path)
