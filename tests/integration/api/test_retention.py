"""What reads say of runs that were archived and purged, and archiving and restoring by hand."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.operations.kinds import KINDS
from api.operations.work import Work
from api.resources import Resources
from api.upkeep.operations import carry_out
from plait.settings import Settings
from plait.store import operations
from tests.integration.api.support import NOWHERE, problem, save
from tests.integration.archive.runs import ended_run
from tests.support.runs import a_run

RUNS = "/api/v1/workflow_runs"


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """An API that archives into a folder what ended a day ago, failures two days."""
    return Settings(
        database_url=database,
        temporal_address=NOWHERE,
        files_dir=tmp_path,
        archive=str(tmp_path / "archive"),
        retention_days=1,
        retention_days_failed=2,
    )


async def act(client: httpx2.AsyncClient, resources: Resources, action: str, *runs: UUID) -> dict[str, Any]:
    """The operation once it is carried out."""
    body = {"action": action, "ids": [str(each) for each in runs]}
    shown = (await client.post(f"{RUNS}/bulk", json=body | {"dry_run": True})).json()
    answer = await client.post(f"{RUNS}/bulk", json=body | {"confirm": shown["confirm"]})
    assert answer.status_code == 202, answer.text
    row = await operations.read_operation(resources.pool, "default", UUID(answer.json()["id"]))
    assert row is not None
    await carry_out(resources, Work.of(row, open_mode=True), KINDS[row["kind"]])
    return (await client.get(f"/api/v1/operations/{row['id']}")).json()


async def test_what_a_purged_run_was_stays_and_what_it_did_is_gone(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    run_id = await ended_run(resources.pool, resources.recorder)
    operation = await act(client, resources, "archive", run_id)
    assert (operation["kind"], operation["status"], operation["failed"]) == ("archive", "completed", [])
    # The plan of a run that was never really started is not there: only what needs none is read.
    listed = (await client.get(RUNS)).json()["items"]
    assert [(each["status"], each["flags"]) for each in listed] == [("completed", ["archived"])]
    for address in ("events", "nodes", "nodes/a", "graph", "logs", f"compare/{run_id}"):
        gone = problem(await client.get(f"{RUNS}/{run_id}/{address}"), 410, "events_purged")
        assert str(run_id) in gone["detail"]
    problem(await client.get(f"{RUNS}/{run_id}/events", headers={"Accept": "text/event-stream"}), 410, "events_purged")
    problem(await client.post(f"{RUNS}/{run_id}/fixture"), 410, "events_purged")


async def test_a_restored_run_is_read_again(client: httpx2.AsyncClient, resources: Resources) -> None:
    run_id = await ended_run(resources.pool, resources.recorder)
    before = (await client.get(f"{RUNS}/{run_id}/events")).json()
    await act(client, resources, "archive", run_id)
    operation = await act(client, resources, "restore", run_id)
    assert (operation["kind"], operation["failed"]) == ("restore", [])
    assert (await client.get(f"{RUNS}/{run_id}/events")).json() == before
    assert (await client.get(RUNS)).json()["items"][0]["flags"] == ["restored"]


async def test_a_purged_run_is_not_rerun_from_what_it_lost(client: httpx2.AsyncClient, resources: Resources) -> None:
    await save(client)
    started = await client.post("/api/v1/workflows/greeting/run", json={"input": {"name": "Ana"}, "start": "later"})
    run_id = UUID(started.json()["id"])
    await client.post(f"{RUNS}/{run_id}/cancel")
    await act(client, resources, "archive", run_id)
    for order in ({"from": "failure"}, {"from": "start"}):
        problem(await client.post(f"{RUNS}/{run_id}/rerun", json=order), 409, "results_purged")
    answer = await client.post(f"{RUNS}/{run_id}/rerun", json={"from": "start", "input": {"name": "Bo"}})
    assert answer.status_code == 202, answer.text


async def test_a_live_run_is_not_archived(client: httpx2.AsyncClient, resources: Resources) -> None:
    operation = await act(client, resources, "archive", await a_run(resources.pool, status="running"))
    assert [each["code"] for each in operation["failed"]] == ["run_state_conflict"]


async def test_archiving_takes_what_is_not_archived_and_restoring_what_is(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    there, gone = [await ended_run(resources.pool, resources.recorder) for _ in range(2)]
    await act(client, resources, "archive", gone)
    for action, run in (("archive", there), ("restore", gone)):
        body = {"action": action, "dry_run": True}
        shown = (await client.post(f"{RUNS}/bulk?environment=*", json=body)).json()
        assert [each["id"] for each in shown["sample"]] == [str(run)]


async def test_what_is_due_is_told_before_it_is_done(client: httpx2.AsyncClient, resources: Resources) -> None:
    for status in ("completed", "failed"):
        await ended_run(resources.pool, resources.recorder, status=status, days=1.5)
    await act(client, resources, "archive", await ended_run(resources.pool, resources.recorder))
    found = (await client.get("/api/v1/retention")).json()
    assert (found["archive"], found["keep_days"], found["keep_days_failed"]) == ("folder", 1, 2)
    assert (found["due"], found["due_is_exact"], found["archived"]) == (1, True, 1)
    assert [each["due"] for each in found["workflows"]] == [1]
    assert await resources.pool.fetchval("select count(*) from workflow_runs where purged_at is null") == 2


async def test_a_workflow_says_how_long_its_runs_are_kept(client: httpx2.AsyncClient) -> None:
    saved = await save(client, retention="12h")
    assert saved["warnings"] == []
    [own] = (await client.get("/api/v1/retention")).json()["workflows"]
    assert (own["workflow"]["slug"], own["keep_days"], own["due"]) == ("greeting", 0.5, 0)
