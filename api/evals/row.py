"""One row of an evaluation, carried out: a run for each version, its judges, and what comes of them.

Every run has a key made of its row, so that a row that is done again after a crash finds the runs that it has.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.evals.judge import said_of, start_judges, verdict
from api.evals.runs import Ended, ended_run, start_run_of
from api.evals.scores import Score, changes, measure
from api.operations.work import Work
from api.resources import Resources
from plait.errors import Conflict
from plait.store import evals as store
from plait.store.operations import Item
from plait.store.runs import find_replayed

SCORE_SECONDS = 2.0


async def evaluate_row(held: Resources, work: Work, item: Item) -> Any:
    """Run the row and score it: `{outcomes, change}`. Raises Conflict `budget_exceeded` where nothing is left for it."""
    await refuse_spent(held, work, item)
    versions, workflow, value = work.arguments["versions"], work.arguments["workflow_id"], item.subject["input"]
    runs = [await start_run_of(held, work, workflow, each, value, key_of(item, each)) for each in versions]
    ended = [await ended_run(held, work, run_id) for run_id in runs]
    judges = [
        await start_judges(held, work, item, each, key_of(item, version))
        for version, each in zip(versions, ended, strict=True)
    ]
    scored = [await score(held, work, item, each, judging) for each, judging in zip(ended, judges, strict=True)]
    return {
        "outcomes": [outcome(*each) for each in zip(versions, ended, scored, strict=True)],
        "change": changes(scored[0], scored[1]) if len(scored) > 1 else None,
    }


def key_of(item: Item, version: int) -> str:
    """What makes the run of a row and a version one run."""
    return f"{item.key}:{version}"


async def refuse_spent(held: Resources, work: Work, item: Item) -> None:
    """Begin no row once the budget is used up. One that has begun before goes on: it is paid for."""
    budget = work.arguments["budget_usd"]
    if budget is None:
        return
    workflow, key = UUID(work.arguments["workflow_id"]), f"eval:{key_of(item, work.arguments['versions'][0])}"
    if await find_replayed(held.pool, work.caller.project, workflow, key) is not None:
        return
    if (spent := await store.read_spent(held.pool, work.id)) >= budget:
        message = f"The budget of {budget:g} USD is used up ({spent:f}); the row was not run."
        raise Conflict(message, code="budget_exceeded")


async def score(
    held: Resources, work: Work, item: Item, ended: Ended, judges: Mapping[str, UUID | Score]
) -> dict[str, Score]:
    """Every score of one output, in the order in which they were asked for."""
    asked = work.arguments["scores"]
    if ended.status != "completed":
        return {each["name"]: Score(None, because=f"the run {said_of(ended)}") for each in asked}
    expressions = {
        each["name"]: (each["expression"], each["accept"]) for each in asked if each["expression"] is not None
    }
    names = item.subject | {"output": ended.output}
    found = await held.computer.compute(SCORE_SECONDS, measure, expressions, names) if expressions else {}
    for each in asked:
        match judges.get(each["name"]):
            case UUID() as run_id:
                found[each["name"]] = await verdict(held, work, each, run_id)
            case Score() as lacking:
                found[each["name"]] = lacking
            case None:
                pass
    return {each["name"]: found[each["name"]] for each in asked}


def outcome(version: int, ended: Ended, scores: dict[str, Score]) -> dict[str, Any]:
    """One version's part of the row's result. The output stays with the run."""
    return {
        "version": version,
        "run_id": str(ended.run_id),
        "status": ended.status,
        "cost_usd": ended.cost_usd,
        "tokens": ended.tokens,
        "duration_ms": ended.duration_ms,
        "scores": {name: each.json() for name, each in scores.items()},
    }
