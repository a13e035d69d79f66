"""Sub-workflows whose parents have ended: told again, or stopped, by the sweeper."""

from uuid import UUID

import pytest

from api.upkeep.sweeper import sweep_once
from plait.store.changes import Change
from plait.store.pool import Pool
from tests.support.live import Live
from tests.support.runs import PROJECT, a_node, a_run


async def a_child(live: Live, *, node: str | None, parent: str, status: str = "pending") -> UUID:
    """A child whose parent, and the node there that started it, stand so; None is a node without a row."""
    pool, above = live.resources.pool, await a_run(live.resources.pool)
    if node is not None:
        await live.resources.recorder.put(Change(above, PROJECT, node=a_node("sub", node, type="subworkflow")))
    child = await a_run(pool, status=status)
    await pool.execute("update workflow_runs set status = $2 where id = $1", above, parent)
    await pool.execute(
        "update workflow_runs set parent_run_id = $2, parent_path = 'sub', parent_generation = 1 where id = $1",
        child,
        above,
    )
    return child


async def status_of(pool: Pool, run_id: UUID) -> tuple[str, str | None]:
    row = await pool.fetchrow("select status, requested from workflow_runs where id = $1", run_id)
    assert row is not None
    return row["status"], row["requested"]


@pytest.mark.parametrize(("child", "ends"), [("pending", ("cancelled", "cancel")), ("running", ("running", "cancel"))])
async def test_a_child_whose_parent_was_terminated_is_stopped(idle: Live, child: str, ends: tuple[str, str]) -> None:
    run_id = await a_child(idle, node="running", parent="terminated", status=child)
    for _ in range(2):
        await sweep_once(idle.resources)
    assert await status_of(idle.resources.pool, run_id) == ends


async def test_a_child_is_stopped_whose_node_was_never_recorded(idle: Live) -> None:
    run_id = await a_child(idle, node=None, parent="terminated")
    await sweep_once(idle.resources)
    assert await status_of(idle.resources.pool, run_id) == ("cancelled", "cancel")


async def test_a_detached_child_goes_on(idle: Live) -> None:
    run_id = await a_child(idle, node="completed", parent="failed")
    await sweep_once(idle.resources)
    assert await status_of(idle.resources.pool, run_id) == ("pending", None)


async def test_an_end_is_told_again_to_a_parent_that_waits(idle: Live) -> None:
    run_id = await a_child(idle, node="running", parent="running", status="failed")
    await sweep_once(idle.resources)
    told = "select parent_told_at is not null from workflow_runs where id = $1"
    assert await idle.resources.pool.fetchval(told, run_id)
