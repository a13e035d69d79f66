"""What a workflow would do: the rules on scripted results. Pure, and run in a process aside."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.http.models import JsonObject, Order, View
from interpreter.messages import Failure
from interpreter.plan.definition import load_plan
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from interpreter.rules.facts import FactTooLarge
from interpreter.simulate import UNKNOWN, Attempt, Inbound, Script, Vote, simulate
from interpreter.simulate.patterns import EVERY_NODE, node_in
from plait.errors import Invalid
from plait.values.inputs import complete_input
from plait.values.schema import compiled

Seconds = Annotated[float, Field(ge=0, le=10 * 365 * 86_400)]


class MockError(Order):
    """How an attempt fails."""

    type: str = "Error"
    message: str = "it was scripted to fail"
    category: Literal["business", "input", "external", "platform"] = "external"
    retryable: bool = True


class MockAttempt(Order):
    """One attempt of a node: its output, or its error, after so many seconds."""

    output: Any = None
    error: MockError | None = None
    seconds: Seconds = 0.0


class MockVote(Order):
    """One person's answer, so many seconds after the gate has opened."""

    decision: str
    by: str = "somebody"
    groups: list[str] = Field(default_factory=list)
    after: Seconds = 0.0
    form: Any = None


class MockEvent(Order):
    """An external event, so many seconds after the start."""

    name: str
    key: str | None = None
    payload: Any = None
    at: Seconds = 0.0


class SimulationOrder(Order):
    """An input, what the nodes that act on the world give, and what people answer."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "input": {"name": "Ana"},
                    "mocks": {"score": [{"output": {"value": 0.4}}]},
                    "gates": {"sign_off": [{"decision": "approved", "after": 3600}]},
                }
            ]
        },
    )

    input: Any = Field(default_factory=dict)
    version: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="The newest if left out.")] = None
    mocks: Annotated[
        dict[str, Annotated[list[MockAttempt], Field(min_length=1)]],
        Field(
            description="By path (`score`, `each.3.score`, `each.*.score`; the most exact counts); of several attempts the "
            "last is repeated. Without one the output is unknown."
        ),
    ] = Field(default_factory=dict)
    gates: Annotated[dict[str, list[MockVote]], Field(description="Answers by gate; without one it waits.")] = Field(
        default_factory=dict
    )
    events: list[MockEvent] = Field(default_factory=list)
    env: JsonObject = Field(default_factory=dict)
    cancel_after: Seconds | None = None


class StepView(View):
    """A node that ended, or where the run stands still."""

    node: str
    path: str
    status: str
    outcome: str | None
    at: float
    attempts: int
    why: JsonObject
    edges: list[JsonObject]
    output: Any
    error: JsonObject | None


class WaitView(View):
    """A gate, a timer or an external event; `until` is null while it still waits."""

    node: str
    path: str
    kind: str
    since: float
    until: float | None


class SimulationView(View):
    """What came of it. Times are seconds since the start; nothing ran."""

    status: Annotated[str, Field(description="How the run ended, or `waiting` when only people or events could go on.")]
    path: list[StepView]
    skipped: list[str]
    waits: list[WaitView]
    seconds: float
    output: Any
    output_known: bool
    error: JsonObject | None
    flags: list[str]


def run_simulation(definition: str, plan_hash: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """Simulate a stored definition; `order` is a `SimulationOrder` as plain data."""
    plan = load_plan(definition, plan_hash)
    refuse_unknown_nodes(plan, order)
    value = complete_input(plan, order["input"])
    env = {name: variable.default for name, variable in plan.document.env.items()} | order["env"]
    try:
        return asdict(simulate(plan, value, script_of(order), env=env, violations=violations))
    except FactTooLarge as error:
        raise Invalid(str(error), code="input_invalid") from None


def violations(schema: Mapping[str, Any], value: Any) -> Sequence[object]:
    """What is wrong with a value, as a worker would say it."""
    return compiled(schema).violations(value)


def refuse_unknown_nodes(plan: Plan, order: Mapping[str, Any]) -> None:
    """A mock of a node that is not there would be silently ignored."""
    problems = [
        Problem("unknown_node", f"The workflow has no node {name}.", (part, name))
        for part in ("mocks", "gates")
        for name in order[part]
        if name != EVERY_NODE and node_in(plan, name) is None
    ]
    if problems:
        raise Invalid("The script names nodes that the workflow does not have.", problems=problems)


def script_of(order: Mapping[str, Any]) -> Script:
    """The script in the interpreter's words."""
    return Script(
        attempts={node: tuple(attempt_of(each) for each in listed) for node, listed in order["mocks"].items()},
        votes={
            node: tuple(Vote(**(each | {"groups": tuple(each["groups"])})) for each in listed)
            for node, listed in order["gates"].items()
        },
        events=tuple(Inbound(**each) for each in order["events"]),
        cancel_after=order["cancel_after"],
    )


def attempt_of(mock: Mapping[str, Any]) -> Attempt:
    """An attempt that fails where an error is given, and otherwise succeeds."""
    failure = Failure(**mock["error"]) if mock["error"] else None
    return Attempt(UNKNOWN if failure else mock["output"], failure, mock["seconds"])
