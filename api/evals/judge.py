"""Judges: runs of a workflow of Plait's own, in which a model gives points for an output."""

from importlib.resources import files
from typing import Any
from uuid import UUID

from api.evals.runs import Ended, ended_run, start_run_of
from api.evals.scores import Score, judged
from api.operations.work import Work
from api.resources import Resources
from api.workflows.own import save_own
from interpreter.state import FINAL_RUN
from plait.store.operations import Item

SLUG = "plait-judge"


async def start_judges(held: Resources, work: Work, item: Item, ended: Ended) -> dict[str, UUID]:
    """The judges' runs for one output by the scores' names; none for a run that has no output to be judged."""
    asked = [score for score in work.arguments["scores"] if score["judge"]]
    if not asked or ended.status != "completed":
        return {}
    source = files("api.evals").joinpath("judge.yaml").read_bytes()
    version = await save_own(held, work.caller.project, SLUG, source)
    return {
        score["name"]: await start_run_of(
            held,
            work,
            SLUG,
            version,
            material(score["judge"], item, ended),
            f"{item.key}:{ended.version}:{score['name']}",
        )
        for score in asked
    }


def material(judge: dict[str, Any], item: Item, ended: Ended) -> dict[str, Any]:
    """What a judge is given."""
    given = {"input": item.subject["input"], "expected": item.subject["expected"], "output": ended.output}
    return {**{name: judge[name] for name in ("model", "criteria", "scale")}, **given}


async def verdict(held: Resources, work: Work, score: dict[str, Any], run_id: UUID) -> Score:
    """What the judge said, once its run has ended."""
    ended = await ended_run(held, work, 0, run_id)
    if ended.status != "completed":
        because = f"the judge's run {said_of(ended)}"
        return Score(None, because=because, run_id=str(run_id), cost_usd=ended.cost_usd)
    return judged(ended.output, score["judge"]["scale"], score["accept"], str(run_id), ended.cost_usd)


def said_of(ended: Ended) -> str:
    """How a run ended, in words that go on a sentence."""
    how = f"is {ended.status}" if ended.status in FINAL_RUN else "was deleted"
    return f"{how}: {ended.error}" if ended.error else how
