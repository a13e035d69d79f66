"""`plait test`: what it says, its exit codes, and what it writes for machines."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from plait.cli.app import app

FLOW = """\
plait: 1
slug: flow
nodes:
  - {id: fetch, type: http_request, with: {url: "https://example.org/"}}
  - {id: route, type: condition, with: {cases: [{name: good, when: nodes.fetch.output.status == 200}], default: bad}}
  - {id: keep, type: transform, with: {value: 1}}
  - {id: drop, type: transform, with: {value: 2}}
edges:
  - {from: fetch, to: route}
  - {from: route, to: keep, "on": good}
  - {from: route, to: drop, "on": bad}
"""
GOOD = """\
cases:
  - name: what is found is kept
    mocks: {fetch: {status: 200}}
    expect: {output: {keep: 1}}
"""
BAD = GOOD.replace("keep: 1", "keep: 2")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAIT_URL", "http://127.0.0.1:9")
    (tmp_path / "flow.yaml").write_text(FLOW)
    return tmp_path


def plait_test(*words: str, fixture: str = GOOD) -> Result:
    Path("flow.test.yaml").write_text(fixture)
    return CliRunner().invoke(app, ["test", *words])


def test_every_case_has_a_line_and_all_passed_is_0() -> None:
    said = plait_test()
    assert said.exit_code == 0
    first, last = said.output.splitlines()
    assert first.startswith("✔ flow.test.yaml: what is found is kept  ")
    assert first.endswith(" ms")
    assert last.startswith("1 case in ")
    assert last.endswith(" s: 1 passed")


def test_a_failed_case_shows_line_and_difference_and_is_1() -> None:
    said = plait_test(fixture=BAD)
    assert said.exit_code == 1
    assert said.output.splitlines()[1:6] == [
        "    flow.test.yaml:4 expect.output: the output is another one",
        "       {",
        '      -  "keep": 2',
        '      +  "keep": 1',
        "       }",
    ]
    assert said.output.endswith("0 passed, 1 failed\n")


def test_a_case_that_cannot_be_run_is_an_error() -> None:
    said = plait_test(fixture=GOOD.replace("fetch:", "fetched:"))
    assert (said.exit_code, said.output.splitlines()[0][0]) == (1, "!")
    assert "cases" not in said.output.splitlines()[1]
    assert said.output.endswith("0 passed, 1 not run\n")


def test_nothing_to_run_is_no_success() -> None:
    for words, reason in (
        (["-k", "nothing"], "No case in . has 'nothing' in its file or name."),
        (["flow.yaml", "nix.yaml"], "There is no file or folder nix.yaml."),
    ):
        said = plait_test(*words)
        assert (said.exit_code, str(said.exception)) == (1, reason)
    Path("flow.test.yaml").unlink()
    said = CliRunner().invoke(app, ["test"])
    assert str(said.exception).startswith("There are no fixtures in .")


def test_a_keyword_chooses_cases() -> None:
    two = GOOD + GOOD.removeprefix("cases:\n").replace("kept", "kept again")
    assert plait_test("-k", "again", fixture=two).output.splitlines()[-1].startswith("1 case ")


def test_coverage_names_what_no_case_took_and_may_be_too_little() -> None:
    said = plait_test("--coverage")
    assert said.exit_code == 0
    assert "flow.yaml: 3 of 5 edges, cases and outcomes taken (60 %)" in said.output
    assert "no case took edge route → drop (bad)\n    no case took case route: bad\n" in said.output
    assert plait_test("--fail-under", "60").exit_code == 0
    said = plait_test("--fail-under", "61")
    assert said.exit_code == 1
    assert "flow.yaml: 60.0 % taken, and 61 % are wanted" in said.output


def data(*words: str, fixture: str = GOOD) -> Any:
    return json.loads(plait_test("--json", *words, fixture=fixture).output)


def test_machines_get_one_object() -> None:
    found = data("--coverage", fixture=BAD)
    assert (found["passed"], found["failed"], found["errors"]) == (0, 1, 0)
    (case,) = found["cases"]
    assert (case["file"], case["line"], case["verdict"], case["status"]) == ("flow.test.yaml", 2, "failed", "completed")
    assert case["findings"][0]["field"] == "expect.output"
    assert found["coverage"][0]["missed"] == ["edge route → drop (bad)", "case route: bad"]


def test_a_report_that_cannot_be_written_is_one_sentence() -> None:
    said = plait_test("--junit", "no/report.xml")
    assert str(said.exception) == "no/report.xml cannot be written: No such file or directory."


def test_ci_gets_junit_xml(folder: Path) -> None:
    assert plait_test("--junit", "report.xml", fixture=BAD).exit_code == 1
    suite = ET.parse(folder / "report.xml").getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", "1")


def test_what_only_a_server_can_tell_is_a_note() -> None:
    Path("flow.yaml").write_text(FLOW.replace('http_request, with: {url: "https://example.org/"}', "tool_call, with: {tool: nobody_knows}"))  # fmt: skip
    said = plait_test()
    assert said.exit_code == 0
    assert "note flow.yaml:4: Whether there is the tool `nobody_knows` only a server can tell." in said.output


def test_where_a_fixture_is_written_is_asked_with_its_run_only() -> None:
    assert plait_test("-o", "x.yaml").exit_code == 2


def test_a_fixture_of_a_run_is_asked_of_the_api() -> None:
    said = plait_test("--from-run", "some-run")
    assert (said.exit_code, "Plait does not answer" in str(said.exception)) == (1, True)
