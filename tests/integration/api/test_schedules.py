"""Schedules as rows: what is taken, what is refused, and when they are due next. Temporal is away."""

from typing import Any

import httpx2

from api.resources import Resources
from api.upkeep.operations import Operator
from tests.integration.api.support import problem, save

SCHEDULES = "/api/v1/schedules"
NIGHTLY = {"name": "Nightly", "workflow": "greeting", "cron": "30 2 * * *", "input": {"name": "Ana"}}


async def make(client: httpx2.AsyncClient, **said: Any) -> dict[str, Any]:
    await save(client)
    answer = await client.post(SCHEDULES, json=NIGHTLY | said)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_schedule_is_there_while_temporal_is_away(client: httpx2.AsyncClient) -> None:
    made = await make(client, time_zone="Europe/Berlin")
    shown = (await client.get(f"{SCHEDULES}/{made['id']}")).json()
    assert (shown["cron"], shown["time_zone"], shown["overlap"], shown["catchup_window"]) == (
        "30 2 * * *", "Europe/Berlin", "skip", 3600,
    )  # fmt: skip
    assert (shown["workflow"]["slug"], shown["paused"], shown["held"]) == ("greeting", False, False)
    assert len(shown["next_runs"]) == 5
    (listed,) = (await client.get(SCHEDULES, params={"workflow": "greeting", "total": True})).json()["items"]
    assert listed["next_run"] == shown["next_runs"][0]
    assert "input" not in listed


async def test_what_its_workflow_would_refuse_is_refused_with_the_field(client: httpx2.AsyncClient) -> None:
    await save(client)
    for said, pointer in (
        ({"cron": "0 0 30 feb *"}, "/cron"),
        ({"end_at": "2020-01-01T00:00:00Z"}, "/end_at"),
        ({"input": {"name": "{{ scheduled_at"}}, "/input/name"),
        ({"input": {"name": "{{ input.x }}"}}, "/input/name"),
        ({"input": {"name": "{{ 1 / 0 }}"}}, "/input/name"),
        ({"input": {"name": 7}}, "/input/name"),
    ):
        answer = await client.post(SCHEDULES, json=NIGHTLY | said)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer, answer.json()


async def test_a_schedule_of_no_workflow_is_refused(client: httpx2.AsyncClient) -> None:
    problem(await client.post(SCHEDULES, json=NIGHTLY), 404, "not_found")


async def test_a_schedule_of_an_environment_without_a_version_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client)
    answer = await client.post(SCHEDULES, json=NIGHTLY | {"environment": "prod"})
    assert answer.status_code in (409, 422)


async def test_a_change_keeps_what_it_does_not_name(client: httpx2.AsyncClient) -> None:
    made = await make(client, note="by Ana", tags=["a"])
    address = f"{SCHEDULES}/{made['id']}"
    etag = (await client.get(address)).headers["etag"]
    answer = await client.patch(address, json={"every": "2h", "note": None}, headers={"If-Match": etag})
    changed = answer.json()
    assert (changed["cron"], changed["every"], changed["note"], changed["tags"]) == (None, 7200, None, ["a"])
    assert answer.headers["etag"] != etag
    problem(await client.patch(address, json={"name": "x"}), 428, "precondition_required")
    refused = problem(await client.patch(address, json={"name": "x"}, headers={"If-Match": etag}), 412, "stale")
    assert refused["current"]["every"] == 7200


async def test_a_change_that_cannot_be_says_which_field(client: httpx2.AsyncClient) -> None:
    made = await make(client)
    answer = await client.patch(f"{SCHEDULES}/{made['id']}", json={"offset": "1m"}, headers={"If-Match": "*"})
    assert "offset" in problem(answer, 422, "request_invalid")["errors"][0]["message"]


async def test_pausing_twice_is_pausing_once(client: httpx2.AsyncClient) -> None:
    made = await make(client)
    first = await client.post(f"{SCHEDULES}/{made['id']}/pause", json={"note": "audit"})
    again = await client.post(f"{SCHEDULES}/{made['id']}/pause")
    assert (first.json()["paused"], first.json()["note"], first.json()["next_runs"]) == (True, "audit", [])
    assert (again.status_code, again.headers["etag"]) == (200, first.headers["etag"])


async def test_a_deleted_schedule_is_gone(client: httpx2.AsyncClient) -> None:
    made = await make(client)
    assert (await client.delete(f"{SCHEDULES}/{made['id']}")).status_code == 204
    problem(await client.get(f"{SCHEDULES}/{made['id']}"), 404, "not_found")
    assert (await client.get(SCHEDULES)).json()["items"] == []


async def test_a_run_that_is_triggered_twice_with_one_key_is_one(client: httpx2.AsyncClient) -> None:
    made = await make(client, paused=True)
    key = {"Idempotency-Key": "once"}
    first, again = [await client.post(f"{SCHEDULES}/{made['id']}/trigger", headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()["id"]) == (202, 202, first.json()["id"])
    assert again.headers["idempotent-replayed"] == "true"
    run = first.json()
    assert (run["origin"]["kind"], run["origin"]["id"], run["started_by"]["name"]) == ("schedule", made["id"], "local")
    (last,) = (await client.get(f"{SCHEDULES}/{made['id']}")).json()["last_runs"]
    assert (last["run_id"], last["scheduled_at"]) == (run["id"], None)


async def test_a_workflow_is_not_deleted_under_its_schedules(client: httpx2.AsyncClient) -> None:
    made = await make(client)
    refused = problem(await client.delete("/api/v1/workflows/greeting"), 409, "in_use")
    assert refused["used_by"] == [{"kind": "schedule", "id": made["id"], "name": "Nightly"}]
    await client.delete(f"{SCHEDULES}/{made['id']}")
    assert (await client.delete("/api/v1/workflows/greeting")).status_code == 204


async def backfilled(client: httpx2.AsyncClient, resources: Resources, schedule: str, **said: str) -> list[Any]:
    """What became of each time."""
    answer = await client.post(f"{SCHEDULES}/{schedule}/backfill", json=said)
    assert answer.status_code == 202, answer.text
    operator = Operator(resources)
    while (shown := (await client.get(answer.headers["location"])).json())["status"] == "running":
        await operator.look()
    assert shown["failed"] == []
    await operator.close()
    return (await client.get(f"{answer.headers['location']}/items")).json()["items"]


async def test_a_backfill_starts_each_time_that_has_no_run_yet(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    made = await make(client, input={"name": "{{ scheduled_at }}"})
    week = {"start_at": "2026-03-02T00:00:00Z", "end_at": "2026-03-09T00:00:00Z"}
    first = await backfilled(client, resources, made["id"], **week)
    again = await backfilled(client, resources, made["id"], **week)
    assert [each["result"]["existed"] for each in (*first, *again)] == [False] * 7 + [True] * 7
    shown = (await client.get(f"{SCHEDULES}/{made['id']}")).json()["last_runs"]
    assert sorted(each["scheduled_at"][:10] for each in shown) == [f"2026-03-{day:02}" for day in range(2, 9)]


async def test_a_backfill_takes_one_to_a_thousand_times(client: httpx2.AsyncClient) -> None:
    made = await make(client)
    for since, until in (
        ("2026-03-02T00:00:00Z", "2026-03-02T01:00:00Z"),
        ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ):
        said = {"start_at": since, "end_at": until}
        problem(await client.post(f"{SCHEDULES}/{made['id']}/backfill", json=said), 422, "request_invalid")


async def test_a_preview_tells_the_next_five_times_and_stores_nothing(client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"{SCHEDULES}/preview", json={"every": "1h", "offset": "5m"})
    times = answer.json()["times"]
    assert (len(times), {time[14:19] for time in times}) == (5, {"05:00"})
    assert (await client.get(SCHEDULES)).json()["items"] == []
