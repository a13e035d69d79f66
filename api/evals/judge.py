"""Judges: runs of a workflow of Plait's own, in which a model gives points for an output."""

from importlib.resources import files
from string import Template
from typing import Any
from uuid import UUID

from api.evals.runs import Ended, ended_run, start_run_of
from api.evals.scores import Score, judged
from api.operations.work import Work
from api.resources import Resources
from api.workflows.own import save_own
from interpreter.state import FINAL_RUN
from plait.errors import Invalid
from plait.store.operations import Item

SOURCE = Template(files("api.evals").joinpath("judge.yaml").read_text())


async def start_judges(held: Resources, work: Work, item: Item, ended: Ended, key: str) -> dict[str, UUID | Score]:
    """The judges' runs for one output by the scores' names, or why there is none; nothing for a run without an output.

    `key` is that of the run that is judged.
    """
    if ended.status != "completed":
        return {}
    judges = {score["name"]: score["judge"] for score in work.arguments["scores"] if score["judge"]}
    return {name: await start_judge(held, work, item, ended, judge, f"{key}:{name}") for name, judge in judges.items()}


async def start_judge(
    held: Resources, work: Work, item: Item, ended: Ended, judge: dict[str, Any], key: str
) -> UUID | Score:
    """One judge's run. Each scale is a workflow of its own: the schema of the answer says how many points there are."""
    slug, source = f"plait-judge-{judge['scale']}", SOURCE.substitute(scale=judge["scale"]).encode()
    version = await save_own(held, work.caller.project, slug, source)
    given = {"input": item.subject["input"], "expected": item.subject["expected"], "output": ended.output}
    material = {"model": judge["model"], "criteria": judge["criteria"], **given}
    try:
        return await start_run_of(held, work, slug, version, material, key)
    except Invalid as error:
        return Score(None, because=f"the judge could not be asked: {error}")


async def verdict(held: Resources, work: Work, score: dict[str, Any], run_id: UUID) -> Score:
    """What the judge said, once its run has ended."""
    ended = await ended_run(held, work, run_id)
    if ended.status != "completed":
        because = f"the judge's run {said_of(ended)}"
        return Score(None, because=because, run_id=str(run_id), cost_usd=ended.cost_usd)
    return judged(ended.output, score["judge"]["scale"], score["accept"], str(run_id), ended.cost_usd)


def said_of(ended: Ended) -> str:
    """How a run ended, in words that go on a sentence."""
    how = f"is {ended.status}" if ended.status in FINAL_RUN else "was deleted"
    return f"{how}: {ended.error}" if ended.error else how
