"""Evaluations as a person types them, and as CI reads them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.test_evals import ROWS, SCHEMA, a_document, doubling, operating
from tests.integration.cli.support import Shell
from tests.support.live import Live


@pytest.fixture
async def shell(live: Live, tmp_path: Path) -> AsyncIterator[Shell]:
    """A folder with a dataset and a better version in a file; the stored one doubles nothing but 3."""
    shell = Shell.of(live, tmp_path)
    await live.save("doubling", doubling("input.n == 3 ? 6 : 0"), input=SCHEMA, output="{{ nodes.a.output }}")
    shell.write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS))
    shell.write("better.json", json.dumps(a_document("input.n == 3 ? 0 : input.n * 2")))
    async with operating(live):
        yield shell


async def test_a_file_is_held_against_the_stored_version_and_a_threshold_fails_it(shell: Shell) -> None:
    words = ("eval", "better.json", "--data", "rows.jsonl", "--score", "exact=output == expected", "--against", "1")
    said = await shell.plait(*words, "--min", "exact=0.9")
    assert said.code == 1, said.err
    for part in ("v2 against v1 on 3 rows", "exact: 2 better, 0 the same, 1 worse", "Worse:", "exact is 0.667, less"):
        assert part in said.out
    enough = await shell.plait(*words, "--min", "exact=0.6", "--json")
    found: dict[str, Any] = enough.json
    assert (enough.code, found["versions"], len(found["rows"])) == (0, [2, 1], 3)


async def test_what_was_typed_wrongly_is_said_in_a_sentence(shell: Shell) -> None:
    for words, part in (
        (("doubling", "--data", "none.jsonl", "--score", "true"), "none.jsonl cannot be read"),
        (("doubling", "--data", "rows.jsonl", "--score", "true", "--min", "exact=1"), "the scores are score."),
        (("doubling", "--data", "rows.jsonl", "--score", "true", "--min", "score=much"), "write it as score=0.8"),
        (("doubling", "--data", "better.json", "--score", "true"), "Line 1 is no row"),
        (("doubling", "--data", "rows.jsonl", "--score", "outputs"), "there is no outputs here"),
    ):
        said = await shell.plait("eval", *words)
        assert (said.code, part in said.err) == (1, True), said.err
