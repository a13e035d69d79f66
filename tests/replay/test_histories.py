"""Whatever ran once must still replay: open runs survive an upgrade of the interpreter."""

from pathlib import Path

import pytest

from tests.support.histories import read, replay, stored


@pytest.mark.parametrize("file", stored(), ids=lambda file: f"{file.parent.name}/{file.stem}")
async def test_a_stored_history_replays(file: Path) -> None:
    await replay(read(file))
