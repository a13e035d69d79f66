"""Controlling runs on the command line."""

import asyncio
import json

import pytest

from tests.integration.cli.support import Shell
from tests.support.live import Live

CHAIN = """
plait: 1
slug: chain
chain:
  - {id: one, type: tool_call, with: {tool: work, args: {value: "{{ input.n }}"}}}
  - {id: two, type: tool_call, with: {tool: work, args: {value: "{{ nodes.one.output }}"}}}
"""


@pytest.fixture(autouse=True)
async def stored(shell: Shell, live: Live) -> None:
    """The workflow that the commands name."""
    assert (await shell.plait("apply", shell.write("chain.yaml", CHAIN))).code == 0


async def paused_before(live: Live, run_id: str, path: str) -> None:
    async with asyncio.timeout(20):
        while [due["path"] for due in (await live.get(f"/workflow_runs/{run_id}"))["paused_before"]] != [path]:
            await asyncio.sleep(0.05)


async def test_a_run_is_stepped_through_with_another_input_and_goes_on(shell: Shell, live: Live) -> None:
    started = await shell.plait("run", "chain", "--input", '{"n": 1}', "--debug", "--json")
    run_id = started.json["id"]
    await paused_before(live, run_id, "one")
    assert 'Paused before one: {"args":{"value":1},"tool":"work"}' in (await shell.plait("runs", "show", run_id)).out
    said = await shell.plait("runs", "step", run_id, "--input", '{"args": {"value": 7}}')
    assert (said.code, said.out) == (0, f"Run {run_id} runs one, and stays paused.\n")
    await paused_before(live, run_id, "two")
    assert (await shell.plait("runs", "continue", run_id)).out == f"Run {run_id} goes on.\n"
    assert (await live.until(run_id, "completed"))["output"] == 7
    said = await shell.plait("runs", "step", run_id)
    assert (said.code, said.err) == (1, "Error: The run shows no node that it is paused before.\n")


async def test_breakpoints_pause_and_the_ends_of_a_run(shell: Shell, live: Live) -> None:
    started = await shell.plait("run", "chain", "--input", '{"n": 1}', "--breakpoint", "two", "--json")
    run_id = started.json["id"]
    await paused_before(live, run_id, "two")
    said = await shell.plait("runs", "pause", run_id)
    assert said.out == f"Run {run_id} is paused.\nIt is paused before two.\n"
    said = await shell.plait("runs", "breakpoints", run_id, "tow")
    assert (said.code, said.err) == (
        1,
        "Error: The version that runs has no node 'tow'. Did you mean `two`?\n",
    )
    assert (await shell.plait("runs", "breakpoints", run_id, "--json")).json["breakpoints"] == []
    assert (
        await shell.plait("runs", "terminate", run_id, "--reason", "enough")
    ).out == f"Run {run_id} is terminated.\n"
    refused = await shell.plait("runs", "resume", run_id)
    assert (refused.code, refused.err) == (1, "Error: The run is terminated; it does not go on from there.\n")
    another = (await shell.plait("run", "chain", "--input", '{"n": 1}', "-b", "two", "--json")).json["id"]
    await paused_before(live, another, "two")
    assert json.loads((await shell.plait("runs", "cancel", another, "--json")).out)["requested"] == "cancel"
    await live.until(another, "cancelled")


async def test_the_budget_of_a_run_is_raised_and_it_goes_on(shell: Shell, live: Live) -> None:
    ask = "{id: ask, type: llm, with: {model: local:demo, prompt: What is it?}}"
    thrifty = shell.write("thrifty.yaml", f"plait: 1\nslug: thrifty\nbudget: {{tokens: 5}}\nchain:\n  - {ask}\n")
    assert (await shell.plait("apply", thrifty)).code == 0
    run_id = (await shell.plait("run", "thrifty", "--json")).json["id"]
    await live.until(run_id, "paused")
    said = await shell.plait("runs", "budget", run_id)
    assert (said.code, "name at least one of" in said.err) == (1, True)
    said = await shell.plait("runs", "budget", run_id, "--tokens", "6", "--json")
    assert said.json["budget"]["tokens"] == 6
    await live.until(run_id, "paused")
    said = await shell.plait("runs", "budget", run_id, "--tokens", "5000", "--reason", "worth it")
    assert (said.code, f"The budget of run {run_id} is raised" in said.out) == (0, True)
    await live.until(run_id, "completed")
