"""One recorded run against a candidate: the rules on its results, on a virtual clock. Pure, run in a process aside."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from interpreter.plan.definition import load_plan
from interpreter.plan.model import Plan
from interpreter.rules import FactTooLarge
from interpreter.simulate import Simulation, simulate
from interpreter.simulate.patterns import best
from interpreter.state import FINAL_NODE
from plait.errors import Invalid
from plait.testing.fixture import Case
from plait.testing.run import violations
from plait.testing.script import script_of
from plait.values.inputs import complete_input
from plait.values.variables import given, lacking

Verdict = Literal["same_path", "other_path", "waits", "unknown", "fails"]
UNDO = "~undo"


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a node ended in the run. `outcome` is null for what had none."""

    path: str
    status: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the candidate would have done. `path` is where it first differs, `because` says how."""

    verdict: Verdict
    path: str | None = None
    because: str | None = None


def judge(
    definition: str, plan_hash: str, case: Mapping[str, Any], status: str, recorded: Sequence[Recorded]
) -> Judgement:
    """`judged` of a stored definition."""
    return judged(load_plan(definition, plan_hash), case, status, recorded)


def judged(plan: Plan, case: Mapping[str, Any], status: str, recorded: Sequence[Recorded]) -> Judgement:
    """Feed what a run was told (`case`, a fixture's) to the candidate, and hold its path against the recorded one.

    `status` is how the run ended. `recorded` stands in the order in which the nodes ended.
    """
    setup = Case.model_validate(case)
    if absent := next(lacking(plan.document.env, setup.env, setup.run.environment), None):
        return Judgement("unknown", because=absent.message)
    try:
        value = complete_input(plan, setup.input)
        names, env = setup.run.model_dump(), given(plan.document.env, setup.env)
        found = simulate(plan, value, script_of(setup), run=names, env=env, violations=violations)
    except (Invalid, FactTooLarge) as error:
        return Judgement("fails", because=str(error))
    return verdict_of(setup, found, status, recorded)


def verdict_of(setup: Case, found: Simulation, status: str, recorded: Sequence[Recorded]) -> Judgement:
    """What came of the candidate, beside what came of the run."""
    if missing := next(unrecorded(setup, found), None):
        return missing
    if found.status == "waiting":
        standing = next((step for step in found.path if step.status not in FINAL_NODE), None)
        path = standing.path if standing else None
        return Judgement("waits", path, f"it would wait for ever at {path}" if path else "it would wait for ever")
    if found.status == "failed" and status != "failed":
        failure = found.error
        return Judgement("fails", failure.node if failure else None, failure.message if failure else "it would fail")
    return compared(found, recorded)


def unrecorded(setup: Case, found: Simulation) -> Iterator[Judgement]:
    """What the candidate asks of the world that the run has no answer to: a result, or people's decision."""
    for step in found.path:
        if step.attempts and best(setup.mocks, step.path, step.node) is None:
            yield Judgement("unknown", step.path, f"{step.path} did not work in the run, so its result is not known")
    for wait in found.waits:
        if wait.until is None and wait.kind == "gate" and wait.path not in setup.gates:
            yield Judgement("unknown", wait.path, f"nobody was asked at {wait.path} in the run")


def compared(found: Simulation, recorded: Iterable[Recorded]) -> Judgement:
    """Whether the same nodes ended in the same way. What did not run is as what is not there."""
    before = {each.path: end_of(each.status, each.outcome) for each in recorded if not each.path.endswith(UNDO)}
    after = {step.path: end_of(step.status, step.outcome) for step in found.path}
    for path in dict.fromkeys((*after, *before)):
        if (was := before.get(path)) != (is_now := after.get(path)):
            return Judgement("other_path", path, f"{path} {told(was)} in the run and {told(is_now)} here")
    return Judgement("same_path")


def end_of(status: str, outcome: str | None) -> str | None:
    """How a node ended, in one word; null where it did not run."""
    if status == "skipped":
        return None
    return outcome if status == "completed" and outcome not in (None, "success") else status


def told(end: str | None) -> str:
    """An end in a sentence."""
    match end:
        case None:
            return "did not run"
        case "completed" | "failed":
            return end
        case "cancelled":
            return "was cancelled"
        case _:
            return f"ended as {end}"
