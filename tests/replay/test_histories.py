"""Whatever ran once must still replay: open runs survive an upgrade of the interpreter."""

import json
from pathlib import Path

import pytest

from tests.support.histories import read, replay, stored, without_machine


@pytest.mark.parametrize("file", stored(), ids=lambda file: f"{file.parent.name}/{file.stem}")
async def test_a_stored_history_replays(file: Path) -> None:
    await replay(read(file))


@pytest.mark.parametrize("file", stored(), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_stored_history_does_not_say_on_which_machine_it_ran(file: Path) -> None:
    told = json.loads(file.read_text())
    assert told == without_machine(told)
