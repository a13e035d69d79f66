"""Runs that are started for a failure, and runs that are late, with a worker that runs."""

from typing import Any

from api.upkeep.aftermath import answer_failures
from api.upkeep.lateness import flag_late
from plait.clock import now
from tests.integration.api.test_running import GATED, work
from tests.support.live import Live

FLAKY: dict[str, Any] = {"tool": "flaky", "args": {"failures": 9, "retryable": False}}
BREAK = {"id": "break_it", "type": "tool_call", "with": FLAKY}
A_TO_BREAK = [{"from": "a", "to": "break_it"}]


async def failed(live: Live, slug: str, **said: Any) -> dict[str, Any]:
    """A run of a workflow that fails behind its node `a`."""
    await live.save(slug, [work("a", "{{ input.n }}"), BREAK], A_TO_BREAK, **said)
    run = await live.start(slug, {"input": {"n": 7}}, wait=20)
    assert run["status"] == "failed"
    return run


async def started_for(live: Live) -> list[dict[str, Any]]:
    return (await live.get("/workflow_runs", origin="on_failure"))["items"]


async def test_a_failure_starts_the_run_that_its_document_wants_once(live: Live) -> None:
    await live.save("alarm", [work("tell", "{{ input }}")])
    wish = {
        "run": "{{ run.id }}", "why": "{{ error.type }}", "n": "{{ input.n }}",
        "a": "{{ coalesce(nodes.a.output, 0) }}", "broken": "{{ nodes.break_it.status }}",
    }  # fmt: skip
    run = await failed(live, "fragile", on_failure={"workflow": "alarm", "input": wish})
    for _ in range(2):
        await answer_failures(live.resources)
    (alarm,) = await started_for(live)
    assert alarm["origin"]["run_id"] == run["id"]
    assert alarm["started_by"] == {"type": "run", "id": run["id"], "name": "fragile"}
    done = await live.until(alarm["id"], "completed")
    told = {"run": run["id"], "why": run["error"]["type"], "n": 7, "a": 7, "broken": "failed"}
    assert done["output"] == {"tell": told}


async def test_a_run_for_a_failure_that_fails_itself_starts_no_other(live: Live) -> None:
    await failed(live, "fragile", on_failure={"workflow": "fragile", "input": {"n": 1}})
    await answer_failures(live.resources)
    (again,) = await started_for(live)
    await live.until(again["id"], "failed")
    await answer_failures(live.resources)
    assert len(await started_for(live)) == 1


async def test_what_cannot_be_started_for_a_failure_is_noted_with_the_reason(live: Live) -> None:
    await live.save("alarm", [work("tell")], input={"type": "object", "required": ["who"]})
    run = await failed(live, "fragile", on_failure={"workflow": "alarm"})
    await answer_failures(live.resources)
    noted = await live.resources.pool.fetchrow("select run_id, started, refusal from aftermaths")
    assert noted is not None
    assert (str(noted["run_id"]), noted["started"], noted["refusal"]["code"]) == (run["id"], None, "input_invalid")


async def test_a_run_that_goes_on_for_too_long_is_late_once(live: Live) -> None:
    await live.save("gated", *GATED, expect="1h")
    await live.save("patient", *GATED)
    late, in_time, patient = [
        await live.start(slug, wait=20, until="blocked") for slug in ("gated", "gated", "patient")
    ]
    query = "update workflow_runs set started_at = now() - interval '2 hours' where id = any($1::uuid[])"
    await live.resources.pool.execute(query, [late["id"], patient["id"]])
    for _ in range(2):
        await flag_late(live.resources, now())
    flags = {each["id"]: each["flags"] for each in (await live.get("/workflow_runs"))["items"]}
    assert flags == {late["id"]: ["late"], in_time["id"]: [], patient["id"]: []}
    events = (await live.get(f"/workflow_runs/{late['id']}/events", limit=100))["items"]
    (told,) = [each["data"] for each in events if each["type"] == "workflow.run.late"]
    assert told == {"expect_seconds": 3600}
