"""From a case to the script of a simulation, or to what the case says that its workflow does not have."""

from collections.abc import Iterator, Mapping
from typing import Any

from interpreter.messages import Failure
from interpreter.plan.draft import did_you_mean
from interpreter.plan.model import Plan, PlannedNode
from interpreter.problems import Problem
from interpreter.simulate import UNKNOWN, Attempt, Inbound, Script, Vote
from interpreter.simulate.patterns import EVERY_NODE, node_in
from plait.testing import fixture
from plait.testing.fixture import EXPIRES, MockAttempt, Setup
from plait.values.schema import compiled


def script_of(setup: Setup) -> Script:
    """The setup in the interpreter's words."""
    return Script(
        attempts={path: tuple(map(attempt_of, listed)) for path, listed in setup.mocks.items()},
        votes={
            path: () if listed == EXPIRES else tuple(vote_of(each) for each in listed if not isinstance(each, str))
            for path, listed in setup.gates.items()
        },
        events=tuple(Inbound(event.name, event.payload, event.key, event.at) for event in setup.events),
        cancel_after=setup.cancel_at,
    )


def attempt_of(mock: MockAttempt) -> Attempt:
    """One attempt: its failure where there is one, else its output."""
    if mock.error is None:
        return Attempt(mock.output, None, mock.after)
    return Attempt(UNKNOWN, Failure(**mock.error.model_dump()), mock.after)


def vote_of(vote: fixture.Vote) -> Vote:
    """One vote."""
    return Vote(vote.decision, vote.by, vote.after, vote.groups, vote.form, vote.comment)


def misfits(plan: Plan, setup: Setup) -> Iterator[Problem]:
    """What the setup says of nodes, outcomes, forms, events and variables that the workflow does not have."""
    for name in setup.env:
        if name not in plan.document.env:
            fix = did_you_mean(name, plan.document.env, "Declare it under `env` in the workflow.")
            yield Problem("unknown_variable", f"the workflow reads no variable {name}", ("env", name), fix=fix)
    taken = {str(node.node.with_.get("name")) for node in map(plan.find, plan.places) if node.behaviour == "event"}
    for number, event in enumerate(setup.events):
        if event.name not in taken:
            fix = did_you_mean(event.name, taken, "Add an `event` node that takes it.")
            yield Problem(
                "unknown_event", f"no node waits for an event {event.name}", ("events", number, "name"), fix=fix
            )
    for path in setup.mocks:
        if path != EVERY_NODE and node_in(plan, path) is None:
            yield unknown_node(plan, "mocks", path)
    for path, answer in setup.gates.items():
        node = node_in(plan, path)
        if node is None or node.behaviour != "gate":
            yield unknown_node(plan, "gates", path)
        else:
            yield from answer_misfits(node, path, answer)


def answer_misfits(gate: PlannedNode, path: str, answer: Any) -> Iterator[Problem]:
    """An answer that the gate would refuse, or that never comes."""
    if answer == EXPIRES:
        if gate.node.timeout is None:
            message = f"{gate.id} has no `timeout`: it never expires"
            yield Problem("never_expires", message, ("gates", path), gate.id, "Give the gate a `timeout`.")
        return
    for number, vote in enumerate(answer):
        place = ("gates", path, number)
        outcomes = [outcome for outcome in gate.outcomes if outcome != "expired"]
        if vote.decision not in outcomes:
            fix = did_you_mean(vote.decision, outcomes, f"It takes {', '.join(outcomes)}.")
            message = f"{gate.id} has no outcome {vote.decision}"
            yield Problem("unknown_outcome", message, (*place, "decision"), gate.id, fix)
        schema = gate.node.with_.get("form")
        if isinstance(schema, Mapping) and not (vote.form is None and vote.decision == "rejected"):
            for violation in compiled(schema).violations({} if vote.form is None else vote.form):
                yield Problem("form_invalid", violation.message, (*place, "form", *violation.path), gate.id)


def unknown_node(plan: Plan, part: str, path: str) -> Problem:
    """A mock of a node that is not there would be silently ignored."""
    what = "gate" if part == "gates" else "node"
    known = [name for name in plan.places if what == "node" or plan.find(name).behaviour == "gate"]
    fix = did_you_mean(path, known, f"Its {what}s are {', '.join(known[:20])}.")
    return Problem(f"unknown_{what}", f"the workflow has no {what} {path}", (part, path), fix=fix)
