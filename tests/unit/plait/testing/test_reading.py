"""Mistakes in a fixture file, each with its line; and which files are fixtures at all."""

from pathlib import Path

import pytest

from plait.testing.collect import fixtures_in, workflow_of
from plait.testing.read import read_fixture
from tests.unit.plait.testing.support import FLOW, SMALL, Folder


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("- a", 1, "a fixture is an object"),
        ("", None, "a fixture is an object"),
        ("cases: []", 1, "a fixture has at least one case"),
        ("defaults: {}", 1, "`cases` is missing"),
        ("cases:\n  - input: {}", 2, "`name` is missing"),
        ("cases:\n  - name: a\n    expct: {}", 3, "there is no field `expct` here"),
        ("cases:\n  - name: a\n    expect: {stats: x}", 3, "there is no field `stats` here"),
        ("cases:\n  - name: a\n  - name: a", 3, "there are two cases of the name 'a'"),
        ("cases:\n  - name: a\n    expect:\n      checks:\n        - nodes.a ==", 5, "the expression ends too early"),
        ("cases:\n  - name: a\n    cancel_at: soon", 3, "`cancel_at`: this is not a duration of at most 100 years"),
        ("cases:\n  - name: a\n    gates: {g: expire}", 3, "`g` must be a list"),
        ("cases:\n  - name: a\n    input: *x", 3, "aliases are not read"),
        ("cases: [", 2, "this is not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    file = tmp_path / "a.test.yaml"
    file.write_text(text)
    read = read_fixture(file)
    assert read.fixture is None
    assert (read.problems[0].line, read.problems[0].message[: len(message)]) == (line, message)


def test_a_fixture_may_be_json(tmp_path: Path) -> None:
    file = tmp_path / "a.test.json"
    file.write_text('{"cases": [{"name": "a", "mocks": {"score": [{"output": 3, "after": "2s"}]}}]}')
    read = read_fixture(file)
    assert read.fixture is not None
    assert read.fixture.cases[0].mocks["score"][0].after == 2


def test_what_is_not_text_is_no_fixture(tmp_path: Path) -> None:
    file = tmp_path / "a.test.yaml"
    file.write_bytes(b"\xff\xfe")
    assert read_fixture(file).problems[0].code == "invalid_encoding"
    assert read_fixture(tmp_path / "b.test.yaml").problems[0].code == "not_found"


def test_the_fixtures_of_a_folder_are_all_below_it_in_order(folder: Folder) -> None:
    names = ["b.test.yaml", "a/c.test.json", "a/d.test/one.yaml", "a/d.test/two.yml"]
    others = ["b.yaml", "a/c.json", ".git/x.test.yaml", "a/test.yaml", "a/d.test/notes.md", "README.md"]
    for name in [*names, *others]:
        folder.write(name, "x")
    found = [str(path.relative_to(folder.path)) for path in fixtures_in([folder.path, folder.path / "b.test.yaml"])]
    assert found == sorted(names)


def test_a_workflow_stands_for_its_fixtures(folder: Folder) -> None:
    for name in ("a.yaml", "a.test.yaml", "a.test/one.yaml", "b.test.yaml"):
        folder.write(name, "x")
    found = [path.relative_to(folder.path).as_posix() for path in fixtures_in([folder.path / "a.yaml"])]
    assert found == ["a.test.yaml", "a.test/one.yaml"]


def test_a_fixture_is_about_the_workflow_that_it_is_named_after(folder: Folder) -> None:
    workflow = folder.write("a.yaml", "x")
    for name in ("a.test.yaml", "a.test.json", "a.test/one.yaml"):
        assert workflow_of(folder.path / name) == workflow
    assert workflow_of(folder.path / "b.test.yaml") is None


def test_a_fixture_may_name_another_workflow(folder: Folder) -> None:
    folder.write("flows/pay.yaml", FLOW)
    folder.write("tests/any.test.yaml", f"defaults: {{workflow: ../flows/pay.yaml}}\ncases: [{{name: a, {SMALL}}}]")
    assert [result.verdict for result in folder.run().results] == ["passed"]


def test_a_case_without_a_workflow_is_an_error(folder: Folder) -> None:
    folder.write("any.test.yaml", "cases:\n  - name: a\n  - {name: b, workflow: nix.yaml}")
    first, second = folder.run().results
    assert first.findings[0].message.startswith("no workflow stands beside any.test.yaml")
    assert (second.verdict, second.findings[0].message) == ("error", "there is no such file")


def test_a_folder_in_place_of_a_workflow_is_an_error(folder: Folder) -> None:
    folder.write("any.test.yaml", "cases: [{name: a, workflow: .}]")
    (result,) = folder.run().results
    assert (result.verdict, result.findings[0].message) == ("error", "this cannot be read: Is a directory")


def test_a_file_that_is_no_fixture_is_one_error(folder: Folder) -> None:
    folder.write("a.test.yaml", "cases:\n  - nme: a\n    input: 1")
    (result,) = folder.run().results
    assert (result.verdict, result.name, result.line) == ("error", "the file", 2)


def test_a_keyword_chooses_by_file_and_name(folder: Folder) -> None:
    assert [result.name for result in folder.suite(SMALL, SMALL, keyword="CASE 1").results] == ["case 1"]
    assert len(folder.suite(SMALL, SMALL, keyword="flow.test").results) == 2
    assert folder.suite(SMALL, keyword="other").results == []
