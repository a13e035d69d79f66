"""`plait graph` of files."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from plait.cli.app import app

TEXT = "plait: 1\nslug: two\nname: Two steps\nchain:\n  - {id: a, type: transform}\n  - {id: b, type: our_own}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(TEXT)
    return tmp_path


def graph(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["graph", *words], input=stdin)


def test_mermaid_is_printed_also_of_what_would_not_be_saved() -> None:
    said = graph("two.yaml")
    assert said.exit_code == 0
    assert said.stdout.startswith("flowchart TD\n  accTitle: Two steps\n")
    assert "n_a --> n_b" in said.stdout
    assert graph("-", stdin=TEXT).stdout == said.stdout


def test_the_ending_of_the_output_says_the_format(folder: Path) -> None:
    assert graph("two.yaml", "-o", "two.svg").stdout == ""
    assert (folder / "two.svg").read_text().startswith("<svg ")
    assert graph("two.yaml", "-o", "two.mmd", "--format", "svg").exit_code == 0
    assert (folder / "two.mmd").read_text() == (folder / "two.svg").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nope.yaml",), "There is no file nope.yaml."),
        (("bad.yaml",), "bad.yaml is not a workflow; `plait validate` shows where."),
        (("two.yaml", "-o", "no/where.svg"), "no/where.svg cannot be written: No such file or directory."),
    ],
)
def test_what_is_wrong_is_one_sentence(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    (folder / "bad.yaml").write_text("plait: 1\n")
    said = graph(*words)
    assert str(said.exception).startswith(sentence)
