"""`plait validate` where no server is: messages, exit codes, folders, standard input."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from plait.cli.app import app

GOOD = "plait: 1\nslug: good\nnodes:\n  - {id: a, type: transform, with: {value: 1}}\n"
BAD = "plait: 1\nslug: bad\nnodes:\n  - id: a\n    type: transfrm\n    with: {value: 1}\n"
NESTED = """\
plait: 1
slug: nested
nodes:
  - id: each
    type: map
    with:
      items: "{{ [1, 2] }}"
      nodes:
        - id: inner
          type: transform
          when: inpt.x
          with: {value: 1}
"""
TOOLS = """\
plait: 1
slug: tools
chain:
  - {id: a, type: tool_call, with: {tool: nobody_knows, args: {x: 1}}}
  - {id: b, type: tool_call, with: {tool: nobody_knows}}
  - {id: c, type: our_own_step, with: {depth: "{{ nodes.a.output }}"}}
"""
WARNED = GOOD + "expose: {form: true}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAIT_URL", "http://127.0.0.1:9")
    return tmp_path


def validate(*words: str, stdin: str = "", server: str = "--offline") -> Result:
    return CliRunner().invoke(app, ["validate", server, *words], input=stdin)


def data(*words: str) -> Any:
    return json.loads(validate("--json", *words).stdout)


def test_a_problem_is_shown_with_its_line_underlined_and_its_mend(folder: Path) -> None:
    (folder / "bad.yaml").write_text(BAD)
    said = validate("bad.yaml")
    assert said.exit_code == 1
    assert said.stdout == (
        "error[unknown_type]: There is no node type `transfrm`.\n"
        " --> bad.yaml:5:11\n"
        "  |\n"
        "5 |     type: transfrm\n"
        "  |           ^^^^^^^^\n"
        "  = help: Did you mean `transform`?\n"
        "\n"
        "1 file checked without a server: 1 problem, no warnings.\n"
    )


def test_a_problem_inside_a_body_is_shown_where_it_stands(folder: Path) -> None:
    (folder / "nested.yaml").write_text(NESTED)
    assert " --> nested.yaml:11:17\n" in validate("nested.yaml").stdout
    found = data("nested.yaml")["files"][0]["problems"]
    (problem,) = (each for each in found if each["code"] == "unknown_name")
    assert problem["pointer"] == "/nodes/0/with/nodes/0/when"
    assert problem["span"] == {"line": 11, "column": 17, "length": 4}


def test_a_valid_workflow_exits_with_0(folder: Path) -> None:
    (folder / "good.yaml").write_text(GOOD)
    said = validate("good.yaml")
    assert (said.exit_code, said.stdout.splitlines()[0]) == (0, "good.yaml: valid, 1 node.")


def test_warnings_alone_exit_with_0_and_with_1_where_they_are_errors(folder: Path) -> None:
    (folder / "warned.yaml").write_text(WARNED)
    said = validate("warned.yaml")
    assert said.exit_code == 0
    assert "warning[not_in_effect]" in said.stdout
    strict = validate("warned.yaml", "--warnings-as-errors")
    assert strict.exit_code == 1
    assert "error[not_in_effect]" in strict.stdout


def test_what_only_a_server_can_know_is_a_note_told_once(folder: Path) -> None:
    (folder / "tools.yaml").write_text(TOOLS)
    said = validate("tools.yaml")
    assert said.exit_code == 0
    assert said.stdout.count("note[not_checked]: Whether there is the tool `nobody_knows`") == 1
    assert said.stdout.count("note[not_checked]: Whether there is the type `our_own_step`") == 1
    assert "tools.yaml: valid, 3 nodes." in said.stdout


def test_tools_that_are_installed_are_known_without_a_server(folder: Path) -> None:
    (folder / "call.yaml").write_text(TOOLS.replace("nobody_knows", "read_csv"))
    (missing, unknown, *_) = data("call.yaml")["files"][0]["problems"]
    assert {missing["code"], unknown["code"]} == {"missing_argument", "unknown_argument"}


def test_without_being_told_it_goes_on_where_no_server_answers(folder: Path) -> None:
    (folder / "good.yaml").write_text(GOOD)
    said = CliRunner().invoke(app, ["validate", "good.yaml"])
    assert (said.exit_code, said.stdout.splitlines()[-1]) == (
        0,
        "1 file checked without a server: no problems, no warnings.",
    )


def test_a_server_that_is_asked_for_has_to_answer(folder: Path) -> None:
    (folder / "good.yaml").write_text(GOOD)
    said = validate("good.yaml", server="--server")
    assert said.exit_code == 2
    assert said.stderr.startswith("Error: Plait does not answer at http://127.0.0.1:9.")
    assert json.loads(validate("good.yaml", "--json", server="--server").stdout)["code"] == "unreachable"


def test_a_folder_stands_for_the_workflows_in_it(folder: Path) -> None:
    inner = folder / "flows" / "deep"
    inner.mkdir(parents=True)
    (folder / "flows" / ".hidden").mkdir()
    (inner / "good.yml").write_text(GOOD)
    (inner / "also.json").write_text('{"plait": 1, "slug": "x", "nodes": []}')
    (folder / "flows" / "compose.yaml").write_text("services: {}\n")
    (folder / "flows" / ".hidden" / "bad.yaml").write_text(BAD)
    told = data("flows")
    assert [each["file"] for each in told["files"]] == ["flows/deep/also.json", "flows/deep/good.yml"]
    assert [each["valid"] for each in told["files"]] == [False, True]


def test_a_folder_without_a_workflow_cannot_be_checked(folder: Path) -> None:
    (folder / "empty").mkdir()
    said = validate("empty")
    assert said.exit_code == 2
    assert said.stderr.startswith("Error: There is no workflow in empty")


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_being_checked(folder: Path) -> None:
    (folder / "bad.yaml").write_text(BAD)
    said = validate("nope.yaml", "bad.yaml")
    assert said.exit_code == 2
    assert said.stderr == "Error: There is no file nope.yaml.\n"
    assert said.stdout.splitlines()[-1].endswith("1 problem, no warnings; 1 could not be read.")
    assert data("nope.yaml")["files"][0]["error"] == "There is no file nope.yaml."


@pytest.mark.parametrize(
    "text", [BAD, json.dumps({"plait": 1, "slug": "x", "nodes": [{"id": "a", "type": "transfrm"}]})]
)
def test_standard_input_is_read_as_yaml_or_as_json(text: str) -> None:
    said = validate("-", stdin=text)
    assert said.exit_code == 1
    assert "error[unknown_type]" in said.stdout
    assert "--> <stdin>:" in said.stdout


def test_colours_are_there_when_they_are_asked_for_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "bad.yaml").write_text(BAD)
    assert "\x1b[" in validate("bad.yaml", "--color", "always").stdout
    assert "\x1b[" not in validate("bad.yaml", "--color", "never").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in validate("bad.yaml").stdout
    assert "\x1b[" in validate("bad.yaml", "--color", "always").stdout


def test_a_text_that_is_no_utf8_is_a_problem_and_no_traceback(folder: Path) -> None:
    (folder / "latin.yaml").write_bytes("plait: 1\nslug: caf\xe9\n".encode("latin-1"))
    said = validate("latin.yaml")
    assert said.exit_code == 1
    assert "error[invalid_encoding]" in said.stdout


def test_tools_that_cannot_be_imported_are_said_before_anything_is_checked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "good.yaml").write_text(GOOD)
    monkeypatch.setenv("PLAIT_TOOLS", "no_such_tools")
    said = validate("good.yaml")
    assert said.exit_code == 2
    assert said.stderr.startswith("Error: the tools module no_such_tools cannot be imported")
    assert "no_such_tools" in json.loads(validate("--json", "good.yaml").stdout)["detail"]
