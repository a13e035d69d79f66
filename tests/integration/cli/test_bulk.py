"""Many runs, long work and failures from the command line."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.upkeep.operations import Operator
from tests.integration.cli.support import Shell
from tests.support.live import Live

WAITING = [{"id": "wait", "type": "wait", "with": {"for": "1h"}}]
HOLDING = [
    {
        "id": "try",
        "type": "tool_call",
        "with": {"tool": "flaky", "args": {"failures": 1, "retryable": False}},
        "on_error": "hold",
    }
]
FAILING = [{"id": "try", "type": "tool_call", "with": {"tool": "flaky", "args": {"failures": 9, "retryable": False}}}]


@pytest.fixture(autouse=True)
async def operating(live: Live) -> AsyncIterator[None]:
    """Operations are carried out meanwhile, as the API's upkeep does."""
    operator = Operator(live.resources)

    async def look() -> None:
        while True:
            await operator.look()
            await asyncio.sleep(0.1)

    task = asyncio.create_task(look())
    yield
    task.cancel()
    await operator.close()


async def some_runs(live: Live, nodes: list[dict[str, Any]], status: str, count: int = 2) -> list[str]:
    """Runs of one workflow, once they are so far."""
    await live.save("many", nodes)
    runs = [(await live.start("many"))["id"] for _ in range(count)]
    for run in runs:
        await live.until(run, status)
    return runs


async def test_many_runs_are_cancelled_once_they_were_seen(shell: Shell, live: Live) -> None:
    runs = await some_runs(live, WAITING, "running")
    seen = await shell.plait("runs", "bulk", "cancel", "--filter", "workflow=many", "--dry-run")
    assert (seen.code, all(run in seen.out for run in runs)) == (0, True), seen.err
    said = await shell.plait("runs", "bulk", "cancel", "-f", "workflow=many", "--yes", "--reason", "too many")
    assert (said.code, said.out) == (0, "cancel 2 runs: completed, 2 of 2 done\n"), said.err
    for run in runs:
        await live.until(run, "cancelled")
    again = await shell.plait("runs", "bulk", "cancel", "-f", "workflow=many")
    assert (again.code, again.out) == (0, "No run to cancel.\n")


async def test_nothing_is_done_without_a_yes(shell: Shell, live: Live) -> None:
    runs = await some_runs(live, WAITING, "running", 1)
    said = await shell.plait("runs", "bulk", "cancel", "--id", runs[0], stdin="n\n")
    assert said.code == 1
    assert (await live.get(f"/workflow_runs/{runs[0]}"))["requested"] is None


async def test_what_could_not_be_done_is_told_and_the_exit_code_says_so(shell: Shell, live: Live) -> None:
    runs = await some_runs(live, FAILING, "failed", 1)
    said = await shell.plait("runs", "bulk", "cancel", "--id", runs[0], "--yes")
    assert said.code == 1
    assert f"run_state_conflict {runs[0]}: The run is failed" in said.out


async def test_runs_are_paused_resumed_and_terminated_together(shell: Shell, live: Live) -> None:
    runs = await some_runs(live, WAITING, "running")
    for action, status in (("pause", "paused"), ("resume", "running"), ("terminate", "terminated")):
        said = await shell.plait("runs", "bulk", action, "-f", "workflow=many", "--yes", "--json")
        assert (said.code, said.json["done"], said.json["failed"]) == (0, 2, []), said.err
        for run in runs:
            await live.until(run, status)


async def test_held_runs_are_found_by_their_failure_and_retried_together(shell: Shell, live: Live) -> None:
    runs = await some_runs(live, HOLDING, "running")
    async with asyncio.timeout(20):
        while not (groups := (await live.get("/errors"))["items"]) or groups[0]["held"] < 2:
            await asyncio.sleep(0.05)
    shown = await shell.plait("errors")
    assert groups[0]["fingerprint"] in shown.out
    chosen = f"fingerprint={groups[0]['fingerprint']}"
    said = await shell.plait("runs", "bulk", "retry_held", "--filter", chosen, "--yes", "--json")
    assert (said.code, said.json["failed"]) == (0, []), said.out
    for run in runs:
        await live.until(run, "completed")
    assert (await shell.plait("errors")).out == "Nothing failed.\n"


async def test_operations_are_listed_shown_and_cancelled(shell: Shell, live: Live) -> None:
    runs = await some_runs(live, WAITING, "running", 3)
    ids = {"action": "cancel", "ids": runs}
    seen = (await live.client.post("/api/v1/workflow_runs/bulk", json=ids | {"dry_run": True})).json()
    confirmed = ids | {"confirm": seen["confirm"], "per_minute": 1}
    operation = (await live.client.post("/api/v1/workflow_runs/bulk", json=confirmed)).json()["id"]
    assert operation in (await shell.plait("operations", "list", "--status", "running")).out
    said = await shell.plait("operations", "cancel", operation)
    assert said.out.startswith("cancel 3 runs: cancelled, ")
    shown = await shell.plait("operations", "show", operation, "--json")
    assert shown.json["status"] == "cancelled"
    assert shown.json["done"] < 3


async def test_a_filter_that_is_none_is_one_sentence(shell: Shell) -> None:
    said = await shell.plait("runs", "bulk", "cancel", "--filter", "failed")
    assert (said.code, said.err) == (1, "Error: Write a filter as NAME=VALUE, such as status=failed; not 'failed'.\n")
    said = await shell.plait("runs", "bulk", "cancel", "--filter", "statsu=failed")
    assert (said.code, said.err[:41]) == (1, "Error: The parameter 'statsu' is not know")


async def test_without_an_archive_it_is_said_that_nothing_is_purged(shell: Shell, live: Live) -> None:
    said = await shell.plait("retention")
    assert (said.code, said.out.partition(".")[0]) == (0, "There is no archive, so nothing is purged")
    runs = await some_runs(live, FAILING, "failed", 1)
    for command in ("archive", "restore"):
        said = await shell.plait(command, "--id", runs[0], "--yes")
        assert (said.code, "set PLAIT_ARCHIVE" in said.err) == (1, True)
