"""One case from its setup to its result: the interpreter's rules on a virtual clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from interpreter.problems import PathPart, Problem
from interpreter.rules import FactTooLarge
from interpreter.simulate import Simulation, simulate
from interpreter.simulate.patterns import best
from interpreter.values import Json
from plait.errors import Invalid
from plait.testing.expect import mismatches
from plait.testing.fixture import Case, Setup
from plait.testing.read import FixtureFile
from plait.testing.script import misfits, script_of
from plait.testing.workflow import WorkflowFile
from plait.values.inputs import complete_input
from plait.values.schema import SchemaInvalid, compiled

Verdict = Literal["passed", "failed", "error"]
"""`error`: the case could not be run as it stands, so nothing is said of the workflow."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: a line of a file, a sentence, and lines that show it.

    `field` is what the finding is about, such as `expect.output` or `mocks.score`.
    """

    file: str
    line: int | None
    field: str
    message: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of a case. `seconds` is what it took here, `simulation` what the run came to."""

    file: str
    name: str
    line: int | None
    verdict: Verdict
    seconds: float
    findings: tuple[Finding, ...] = ()
    simulation: Simulation | None = None


def run_case(file: FixtureFile, number: int, setup: Setup, workflow: WorkflowFile, clock: Clock) -> CaseResult:
    """Run one case of a fixture. `setup` is the case's own over that of the file."""
    assert file.fixture is not None
    case, began = file.fixture.cases[number], clock()
    simulation, findings = _outcome(file, number, setup, workflow)
    verdict: Verdict = "error" if findings else "passed"
    if simulation is not None and not findings:
        findings = _unmet(file, number, case, setup, simulation)
        verdict = "failed" if findings else "passed"
    line = file.line_of("cases", number, "name")
    return CaseResult(str(file.path), case.name, line, verdict, clock() - began, tuple(findings), simulation)


def _outcome(
    file: FixtureFile, number: int, setup: Setup, workflow: WorkflowFile
) -> tuple[Simulation | None, list[Finding]]:
    """What the run came to, and what kept it from being a run of this workflow."""
    plan = workflow.plan
    if plan is None:
        return None, [workflow_finding(workflow, problem) for problem in workflow.problems]
    problems = list(misfits(plan, setup))
    if problems:
        return None, [_located(file, number, problem) for problem in problems]
    try:
        value = complete_input(plan, setup.input)
        env = {name: variable.default for name, variable in plan.document.env.items()} | setup.env
        found = simulate(plan, value, script_of(setup), run=setup.run.model_dump(), env=env, violations=violations)
    except Invalid as error:
        return None, [_located(file, number, problem) for problem in error.problems]
    except (FactTooLarge, SchemaInvalid) as error:
        return None, [_located(file, number, Problem("input_invalid", str(error), ("input",)))]
    return found, [_located(file, number, problem) for problem in unmocked(setup.mocks, found)]


def violations(schema: Mapping[str, Any], value: Json) -> Sequence[object]:
    """What is wrong with a value, as a worker would say it."""
    return compiled(schema).violations(value)


def unmocked(mocks: Mapping[str, object], found: Simulation) -> Iterator[Problem]:
    """A node that acts on the world and has no mock gave nothing: what followed means nothing."""
    for step in found.path:
        if step.attempts and best(mocks, step.path, step.node) is None:
            fix = f"Add what it gives under `mocks`: `{step.node}: …`, or `[{{error: {{type: …}}}}]`."
            yield Problem("no_mock", f"{step.path} ran, and the case has no mock of it", ("mocks",), step.node, fix)


def _unmet(file: FixtureFile, number: int, case: Case, setup: Setup, found: Simulation) -> list[Finding]:
    """The expectations that were not met."""
    unmet = mismatches(case.expect, found, {"input": setup.input})
    return [
        Finding(
            str(file.path),
            file.line_of("cases", number, "expect", *each.place),
            f"expect.{each.place[0]}",
            each.message,
            each.diff,
        )
        for each in unmet
    ]


def _located(file: FixtureFile, number: int, problem: Problem) -> Finding:
    """A problem of the setup: in the case, or where the file's defaults say it."""
    roots: tuple[tuple[PathPart, ...], ...] = (("cases", number), ("defaults",))
    said = (root for length in (2, 1) for root in roots if file.says(*root, *problem.path[:length]))
    root = next(said, roots[0])
    return Finding(
        str(file.path), file.line_of(*root, *problem.path), ".".join(map(str, problem.path[:2])), sentence(problem)
    )


def workflow_finding(workflow: WorkflowFile, problem: Problem) -> Finding:
    """A problem of the workflow, which no case can be blamed for."""
    return Finding(str(workflow.path), problem.line, problem.dotted or "workflow", sentence(problem))


def sentence(problem: Problem) -> str:
    """What is wrong, and how to mend it."""
    return f"{problem.message.rstrip('.')}. {problem.fix}" if problem.fix else problem.message
