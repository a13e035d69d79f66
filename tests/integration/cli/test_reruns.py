"""Reruns on the command line: begun, foreseen, listed, compared; items tried again."""

import json
from typing import Any

import pytest

from tests.integration.cli.support import Shell
from tests.support.live import Live

WORK: dict[str, Any] = {"id": "a", "type": "tool_call", "with": {"tool": "work", "args": {"value": "{{ input.n }}"}}}


@pytest.fixture
async def source(live: Live) -> str:
    """A run that completed."""
    await live.save("small", [WORK])
    return (await live.start("small", {"input": {"n": 1}}, wait=30))["id"]


async def test_a_preview_says_what_becomes_of_each_node(shell: Shell, source: str) -> None:
    said = await shell.plait("runs", "rerun", source, "--from", "failure", "--preview")
    assert said.code == 0, said.err
    assert "reused" in said.out
    assert said.out.endswith("1 reused, 0 run, 0 depend on what their inputs come to.\n")


async def test_a_rerun_says_how_to_follow_it_and_is_found_by_its_lineage(shell: Shell, live: Live, source: str) -> None:
    begun = await shell.plait("runs", "rerun", source, "--from", "a", "--input", '{"n": 2}', "--json")
    assert begun.code == 0, begun.err
    run = begun.json["id"]
    await live.until(run, "completed")
    plain = await shell.plait("runs", "rerun", source, "--from", "failure", "--overrides", '{"a": {"skip": true}}')
    assert "Follow it: plait runs tail" in plain.out
    found = await shell.plait("runs", "lineage", run, "--json")
    assert [each["from"] for each in found.json["runs"]] == [None, ["a"], "failure"]
    assert source in (await shell.plait("runs", "lineage", run)).out


async def test_two_runs_are_shown_side_by_side(shell: Shell, live: Live, source: str) -> None:
    other = (await live.start("small", {"input": {"n": 2}}, wait=30))["id"]
    said = await shell.plait("runs", "compare", source, other, "--differing")
    assert (said.code, "all of it" in said.out) == (0, True)
    same = await shell.plait("runs", "compare", source, source, "--differing")
    assert same.out == "Every node is the same in both.\n"
    assert json.loads((await shell.plait("runs", "compare", source, other, "--json")).out)["same_version"] is True


async def test_what_is_no_held_map_is_one_sentence(shell: Shell, source: str) -> None:
    said = await shell.plait("runs", "retry-items", source, "a")
    assert (said.code, said.err.startswith("Error: The ")) == (1, True)
