"""`plait schema` where no server is."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from plait.cli.app import app


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAIT_URL", "http://127.0.0.1:9")


def schema(*words: str) -> Result:
    return CliRunner().invoke(app, ["schema", *words])


def test_the_tools_that_are_installed_are_in_the_schema() -> None:
    said = schema("--offline")
    assert said.exit_code == 0
    assert "read_csv" in json.loads(said.stdout)["$defs"]["with.tool_call"]["properties"]["tool"]["enum"]
    assert schema().stdout == said.stdout


def test_it_is_written_to_a_file(tmp_path: Path) -> None:
    assert schema("--offline", "-o", str(tmp_path / "workflow.json")).stdout == ""
    assert (tmp_path / "workflow.json").read_bytes().startswith(b'{\n  "$schema"')
    assert "cannot be written" in str(schema("--offline", "-o", str(tmp_path / "no" / "where")).exception)


def test_a_server_that_is_asked_for_has_to_answer() -> None:
    assert "Plait does not answer" in str(schema("--server").exception)
