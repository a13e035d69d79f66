"""A shell that reaches one live API, with the workflow of the template `approval` at hand."""

from pathlib import Path

import pytest

from plait import templates
from tests.integration.cli.support import Shell
from tests.support.live import Live


@pytest.fixture
def shell(live: Live, tmp_path: Path) -> Shell:
    """An API and a worker."""
    return Shell.of(live, tmp_path)


@pytest.fixture
def expense(shell: Shell) -> str:
    """A file with a workflow that asks a person about large amounts."""
    return shell.write("expense.yaml", (Path(templates.__path__[0]) / "approval/workflow.yaml").read_text())
