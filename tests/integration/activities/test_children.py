"""Sub-workflows: a child is written once for its node, told to Temporal, and its end becomes the node's."""

from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.runs.children import cancelling_children
from activities.services import Services
from interpreter.messages import Failure
from interpreter.shell.wire import CancelChild
from plait.store.delivery import claim_starts
from tests.support.children import INPUT, child_row, end, handle_of, load, start, sub
from tests.support.recorded import RecordedRun, begin, save


async def test_the_child_is_a_run_of_its_own_below_the_node(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    row = await child_row(parent, child)
    assert (row["status"], row["input"], row["environment"], row["depth"]) == (
        "pending",
        {"n": 7, "unit": "m"},
        "dev",
        1,
    )
    assert (row["parent_run_id"], row["parent_path"], row["parent_generation"]) == (parent.id, "sub", 1)
    assert row["origin"] == {"kind": "subworkflow", "run_id": str(parent.id), "node": "sub", "id": None}
    assert (row["started_by"]["type"], row["owner"]) == ("run", "ann")
    node = await parent.row("sub")
    assert (node["status"], node["input"]["version"], node["input"]["input"]) == ("running", 1, {"n": 7})
    assert (child.result, child.failure) == (None, None)
    described = await handle_of(client, child.run_id).describe()
    assert described.status == WorkflowExecutionStatus.RUNNING


async def test_a_start_whose_answer_was_lost_leads_to_the_same_run(parent: RecordedRun, client: Client) -> None:
    first, second = await start(parent, client), await start(parent, client)
    assert first == second
    assert await parent.log() == ["node.started sub"]
    assert await parent.services.pool.fetchval("select count(*) from workflow_runs where parent_path = 'sub'") == 1


async def test_a_child_of_which_the_node_says_nothing_yet_is_found_again(parent: RecordedRun, client: Client) -> None:
    """The process died between the run's row and the node's."""
    child = await start(parent, client)
    await parent.services.pool.execute("delete from node_runs where run_id = $1", parent.id)
    await parent.services.pool.execute("delete from run_events where run_id = $1", parent.id)
    assert await start(parent, client) == child
    assert (await parent.row("sub"))["input"]["version"] == 1


async def test_a_child_that_temporal_never_heard_of_is_the_sweeper_s(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    due = (await child_row(parent, child))["start_after"]
    assert str((await claim_starts(parent.services.pool, due))[0].id) == child.run_id


async def test_a_run_that_is_to_be_cancelled_starts_no_child(parent: RecordedRun, client: Client) -> None:
    await parent.set(requested="cancel")
    with pytest.raises(ApplicationError) as raised:
        await start(parent, client)
    assert raised.value.type == "RunCancelled"


@pytest.mark.parametrize(
    ("said", "given", "kind"),
    [
        ({"input": {"n": "seven"}}, 7, "InputInvalid"),
        ({"input": {"n": "{{ input.missing }}"}}, 7, "ExpressionError"),
        ({"workflow": "nobody"}, 7, "WorkflowNotFound"),
        ({"version": 9}, 7, "WorkflowNotFound"),
        ({"environment": "prod"}, 7, "NotPromoted"),
        ({"input": {"n": 1, "unit": "{{ input }}"}}, "x" * 1_100_000, "InputInvalid"),
    ],
)
async def test_a_child_that_cannot_be_started_fails_its_node(
    services: Services,
    slug: str,
    client: Client,
    said: Any,
    given: Any,
    kind: str,
) -> None:
    await save(services, slug, "a", input=INPUT)
    run = await begin(services, nodes=sub(slug, **said), input=given)
    with pytest.raises(ApplicationError) as raised:
        await start(run, client)
    assert (raised.value.type, raised.value.non_retryable) == (kind, True)
    assert await services.pool.fetchval("select count(*) from workflow_runs where parent_path = 'sub'") == 0


async def test_a_disabled_workflow_is_not_started(parent: RecordedRun, slug: str, client: Client) -> None:
    await parent.services.pool.execute("update workflows set enabled = false where slug = $1", slug)
    with pytest.raises(ApplicationError) as raised:
        await start(parent, client)
    assert raised.value.type == "WorkflowDisabled"


@pytest.mark.parametrize(("depth", "allowed"), [(7, True), (8, False)])
async def test_eight_runs_may_be_above_a_child(
    parent: RecordedRun,
    client: Client,
    depth: int,
    allowed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    await parent.set(depth=depth)
    if allowed:
        assert (await child_row(parent, await start(parent, client)))["depth"] == 8
    else:
        with pytest.raises(ApplicationError) as raised:
            await start(parent, client)
        assert raised.value.type == "TooDeep"


async def test_a_detached_child_ends_its_node_at_once(services: Services, slug: str, client: Client) -> None:
    await save(services, slug, "a", input=INPUT)
    run = await begin(services, nodes=sub(slug, mode="detach"), input=7)
    child = await start(run, client)
    assert child.result is not None
    assert await run.value("sub") == {"run_id": child.run_id}
    assert await start(run, client) == child


async def test_a_child_that_goes_on_is_waited_for(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    assert await load(parent) == child
    assert (await parent.row("sub"))["status"] == "running"


@pytest.mark.parametrize("output", [{"n": 1}, None, "x" * 20_000])
async def test_what_a_child_gave_is_what_its_node_gives(
    services: Services, slug: str, client: Client, output: Any
) -> None:
    await save(services, slug, "a", output="{{ input.n }}")
    run = await begin(services, nodes=sub(slug), input=output)
    child = await start(run, client)
    await end(run, child, client)
    for _ in range(2):
        state = await load(run)
        assert state.result is not None
        assert (state.run_id, state.result.outcome) == (child.run_id, "success")
    assert await run.value("sub") == output
    row = await run.row("sub")
    assert (row["metadata"], row["attempts"]) == ({"run_id": child.run_id}, [])
    assert await run.log() == ["node.started sub", "node.completed sub"]
    if row["output_ref"] is not None:
        assert (
            await services.pool.fetchval("select count(*) from payload_refs where payload_id = $1", row["output_ref"])
            == 2
        )


async def test_the_workflow_decides_what_becomes_of_a_child_s_failure(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    await end(parent, child, client, "failed", failure=Failure("Broken", "it broke", "business", node="a"))
    state = await load(parent)
    assert state.failure is not None
    assert (state.failure.type, state.failure.category, state.failure.attempt) == ("ChildFailed", "business", None)
    assert state.failure.message.endswith("failed: it broke")
    assert state.failure.details == {
        "run_id": child.run_id,
        "error": {"type": "Broken", "message": "it broke", "node": "a"},
    }
    assert (await parent.row("sub"))["status"] == "running"


@pytest.mark.parametrize(("status", "kind"), [("cancelled", "ChildCancelled"), ("terminated", "ChildTerminated")])
async def test_a_child_that_was_stopped_is_a_failure_of_its_node(
    parent: RecordedRun, client: Client, status: str, kind: str
) -> None:
    child = await start(parent, client)
    await parent.services.pool.execute("update workflow_runs set status = $2 where id = $1", UUID(child.run_id), status)
    state = await load(parent)
    assert state.failure is not None
    assert state.failure.type == kind


async def test_a_child_that_was_deleted_is_told_as_lost(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    await parent.services.pool.execute("delete from workflow_runs where id = $1", UUID(child.run_id))
    state = await load(parent)
    assert state.failure is not None
    assert state.failure.type == "ChildLost"


async def test_an_output_of_which_a_guard_reads_too_much_fails_the_node(
    services: Services, slug: str, client: Client
) -> None:
    await save(services, slug, "a", output="{{ input.n }}")
    case = {"name": "a", "when": "[nodes.sub.output, run.id] != []"}
    nodes = {**sub(slug), "route": {"type": "condition", "with": {"cases": [case]}}}
    run = await begin(services, "sub -> route", nodes=nodes, input="x" * 5_000)
    await end(run, await start(run, client), client)
    state = await load(run)
    assert state.failure is not None
    assert state.failure.type == "FactTooLarge"


async def cancel(run: RecordedRun, client: Client) -> bool:
    wanted = CancelChild(run.task("sub", always=True), "region_stopped")
    return await ActivityEnvironment().run(cancelling_children(run.services, client), wanted)


async def test_a_child_that_has_not_begun_is_cancelled_in_its_row(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    for _ in range(2):
        assert await cancel(parent, client)
    row = await child_row(parent, child)
    assert (row["status"], row["requested"]) == ("cancelled", "cancel")
    assert row["requested_reason"] == "the run above stopped"


async def test_a_child_that_runs_is_asked_to_stop(parent: RecordedRun, client: Client) -> None:
    child = await start(parent, client)
    await parent.services.pool.execute("update workflow_runs set status = 'running' where id = $1", UUID(child.run_id))
    assert await cancel(parent, client)
    assert (await child_row(parent, child))["requested"] == "cancel"
    history = await handle_of(client, child.run_id).fetch_history()
    assert any(event.HasField("workflow_execution_cancel_requested_event_attributes") for event in history.events)


async def test_where_there_is_no_child_there_is_nothing_to_cancel(parent: RecordedRun, client: Client) -> None:
    assert not await cancel(parent, client)
