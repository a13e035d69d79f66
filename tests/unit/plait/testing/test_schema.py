"""Editors know fixtures by a JSON Schema that says the same as the reader."""

from pathlib import Path

import pytest

from interpreter.document.yaml import scan
from plait.testing.schema import fixture_schema, schema_text
from plait.values.schema import compiled

ROOT = Path(__file__).parents[4]
EXAMPLES = sorted((ROOT / "examples").rglob("*.test.yaml"))


def test_the_schema_in_the_repository_is_up_to_date() -> None:
    assert (ROOT / "schema" / "fixture.json").read_text() == schema_text(), "run `python -m docs.generate`"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT / "examples")))
def test_the_examples_fit_the_schema(path: Path) -> None:
    assert compiled(fixture_schema()).violations(scan(path.read_text()).value) == ()


@pytest.mark.parametrize(
    ("case", "fits"),
    [
        ("{name: a, gates: {g: expires}}", True),
        ("{name: a, gates: {g: {decision: approved, after: 2h}}}", True),
        ("{name: a, gates: {g: [{decision: approved, after: 90}]}}", True),
        ("{name: a, mocks: {x: 3, y: [{error: {type: E}}], z: null}}", True),
        ("{name: a, expect: {skipped: [b], status: failed}}", True),
        ("{name: a, expect: {skipped: {b: guard}, output: null}}", True),
        ("{gates: {}}", False),
        ("{name: a, gates: {g: expire}}", False),
        ("{name: a, gates: {g: {decision: approved, afer: 2h}}}", False),
        ("{name: a, cancel_at: soon}", False),
        ("{name: a, expect: {stats: failed}}", False),
    ],
)
def test_the_schema_takes_what_the_reader_takes(case: str, *, fits: bool) -> None:
    assert compiled(fixture_schema()).accepts({"cases": [scan(case).value]}) is fits
