"""A compensation runs like a node of its own, below the path of what it undoes."""

from dataclasses import replace
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.catalogue import kinds
from activities.runs.settle import settling
from activities.services import Services
from activities.shell.undo import undoing
from interpreter.shell.wire import NodeResult, Settle, UndoTask
from plait.store.items import ItemsOf
from tests.support.recorded import RecordedRun, an_item, begin, completed
from tests.support.runs import NOON, PROJECT
from tests.support.tools import CALLS

REFUND = {
    "type": "tool_call",
    "with": {"tool": "work", "args": {"value": "{{ coalesce(nodes.pay.output, 'nothing') }}"}},
}


def pay(compensate: dict[str, Any] = REFUND, **said: Any) -> dict[str, Any]:
    return {"compensate": compensate, **said}


async def undo(run: RecordedRun, *, unknown: bool = False, path: str = "pay", **said: Any) -> NodeResult:
    task = run.task(path, "pay", reads=said.pop("reads", [path]), always=True, **said)
    return await ActivityEnvironment().run(undoing(run.services, kinds()), UndoTask(task, unknown))


async def test_what_undoes_a_node_reads_what_the_node_gave(services: Services) -> None:
    run = await begin(services, nodes={"pay": pay()})
    await run.ended("pay", "receipt")
    await undo(run)
    row = await run.row("pay~undo")
    assert (row["node"], row["type"], row["status"], row["output"]) == ("pay", "tool_call", "completed", "receipt")
    assert [entry["status"] for entry in row["attempts"]] == ["completed"]
    assert (await run.row("pay"))["output"] == "receipt"
    assert await run.log() == ["compensation.started pay~undo", "compensation.completed pay~undo"]


async def test_a_node_is_undone_once_however_often_that_is_asked(services: Services) -> None:
    run = await begin(services, nodes={"pay": pay()})
    await run.ended("pay", 1)
    assert await undo(run) == await undo(run)
    assert CALLS[f"{run.id}/pay~undo"] == 1


async def test_a_node_whose_result_is_unknown_has_no_output_to_undo(services: Services) -> None:
    run = await begin(services, nodes={"pay": pay()})
    await run.ended("pay", "late")
    await undo(run, unknown=True)
    assert await run.value("pay~undo") == "nothing"


async def test_a_run_that_is_being_cancelled_undoes_all_the_same(services: Services) -> None:
    run = await begin(services, nodes={"pay": pay()})
    await run.ended("pay", 1)
    await run.set(requested="cancel")
    await undo(run)
    assert (await run.row("pay~undo"))["status"] == "completed"


async def test_in_an_item_it_sees_the_item(services: Services) -> None:
    said = {"tool": "work", "args": {"value": "{{ [item, nodes.pay.output, nodes.first.output] }}"}}
    step = {
        "id": "pay",
        "type": "tool_call",
        "with": {"tool": "work"},
        "compensate": {"type": "tool_call", "with": said},
    }
    each = {"type": "map", "with": {"items": "[7, 8]", "chain": [step]}}
    run = await begin(services, "first -> each", nodes={"each": each})
    await services.items.store(ItemsOf(PROJECT, run.id, "each", 1), [7, 8])
    await run.ended("first", "f")
    await run.ended("each.1.pay", "p")
    await undo(run, path="each.1.pay", reads=["each.1.pay", "first"], instances=[an_item("each", 1)])
    assert await run.value("each.1.pay~undo") == [8, "p", "f"]


async def test_its_effects_carry_a_key_of_their_own(services: Services) -> None:
    run = await begin(services, nodes={"pay": pay()})
    await run.ended("pay", 1)
    await undo(run)
    assert (CALLS[f"{run.id}/pay"], CALLS[f"{run.id}/pay~undo"]) == (0, 1)


async def test_one_that_fails_is_tried_again_and_then_recorded_as_failed(services: Services) -> None:
    flaky = {"type": "tool_call", "with": {"tool": "flaky", "args": {"failures": 9}}}
    run = await begin(services, nodes={"pay": pay(flaky)})
    await run.ended("pay", 1)
    with pytest.raises(ApplicationError) as raised:
        await undo(run)
    assert (raised.value.type, raised.value.non_retryable) == ("Flaky", False)
    assert (await run.row("pay~undo"))["status"] == "retrying"
    settle = Settle(
        str(run.id), PROJECT, run.hash, "pay~undo", "pay", "tool_call", "pay", 1, "failed", NOON.isoformat()
    )
    await ActivityEnvironment().run(settling(services), settle)
    assert (await run.row("pay~undo"))["status"] == "failed"
    assert await run.log() == [
        "compensation.started pay~undo",
        "node.retrying pay~undo",
        "compensation.failed pay~undo",
    ]


async def test_what_the_node_itself_is_held_against_does_not_concern_its_undoing(services: Services) -> None:
    run = await begin(services, nodes={"pay": pay(accept="output == 1", output_schema={"type": "integer"})})
    await run.ended("pay", "text")
    await undo(run, reads=[replace(completed("pay"), outcome="success")])
    assert await run.value("pay~undo") == "text"
