"""A person's word on a held node: found by the path of the instance that it is about."""

from typing import Any
from uuid import UUID

from temporalio.testing import ActivityEnvironment

from activities.runs.overrides import loading_overrides
from activities.services import Services
from interpreter.shell.wire import LoadedOverride, LoadOverride
from plait.clock import new_id
from tests.support.documents import a_node
from tests.support.recorded import RecordedRun, begin
from tests.support.runs import NOON, PROJECT

STEP = a_node("step", output_schema={"type": "integer"}, on_error="hold")
LOOP = {"until": "true", "max_iterations": 2, "output": "{{ nodes.step.output }}", "chain": [STEP]}
EACH = {"items": "[1]", "chain": [{"id": "refine", "type": "loop", "with": LOOP}]}
PATH = "each.0.refine~2.step"


async def overridden(run: RecordedRun, path: str, action: str, output: Any = None) -> UUID:
    override = new_id()
    await run.services.pool.execute(
        "insert into overrides (id, project, run_id, path, generation, action, output, by, at)"
        " values ($1, $2, $3, $4, 1, $5, $6, '{}', $7)",
        override, PROJECT, run.id, path, action, output, NOON,
    )  # fmt: skip
    return override


async def load(run: RecordedRun, override: UUID) -> LoadedOverride:
    wanted = LoadOverride(str(run.id), PROJECT, run.hash, str(override))
    return await ActivityEnvironment().run(loading_overrides(run.services), wanted)


async def a_held_run(services: Services) -> RecordedRun:
    run = await begin(services, nodes={"each": {"type": "map", "with": EACH}})
    await run.ended(PATH, status="held")
    return run


async def test_an_output_given_by_hand_goes_to_the_instance_that_is_held(services: Services) -> None:
    run = await a_held_run(services)
    loaded = await load(run, await overridden(run, PATH, "succeed", 7))
    assert (loaded.found, loaded.path, loaded.result is not None) == (True, PATH, True)
    row = await services.pool.fetchrow("select output, facts from overrides")
    assert row is not None
    assert row["output"] == 7


async def test_an_output_that_breaks_the_node_s_schema_is_refused(services: Services) -> None:
    run = await a_held_run(services)
    override = await overridden(run, PATH, "succeed", "seven")
    assert not (await load(run, override)).found
    row = await services.pool.fetchrow("select status, refusal from overrides where id = $1", override)
    assert row is not None
    assert (row["status"], row["refusal"].startswith("output_invalid")) == ("refused", True)


async def test_what_is_no_id_is_not_found(services: Services) -> None:
    run = await a_held_run(services)
    wanted = LoadOverride(str(run.id), PROJECT, run.hash, "by hand")
    assert not (await ActivityEnvironment().run(loading_overrides(services), wanted)).found


async def test_a_path_of_no_node_is_not_found(services: Services) -> None:
    run = await a_held_run(services)
    override = await overridden(run, "each.0.nobody", "skip")
    assert not (await load(run, override)).found
    assert await services.pool.fetchval("select status from overrides where id = $1", override) == "refused"
    assert (await load(run, await overridden(run, PATH, "skip"))).action == "skip"
