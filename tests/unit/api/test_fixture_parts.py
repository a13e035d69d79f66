"""How rows of a run are said in a fixture."""

from typing import Any

import pytest

from api.runs.fixture_parts import mock_of


def a_row(**said: Any) -> dict[str, Any]:
    return {"status": "completed", "attempts": [], "error": None, "ready_at": None, "completed_at": None, **said}


@pytest.mark.parametrize("output", [7, None, {"output": 1}])
def test_a_node_that_gave_an_output_without_working_itself_gives_it_again(output: Any) -> None:
    assert mock_of(a_row(), output) == [{"output": output}]


def test_a_node_that_did_not_work_and_gave_nothing_has_no_attempt() -> None:
    assert mock_of(a_row(status="cancelled"), None) == []
