"""A run's state as plain JSON, small enough to be handed to the run's next execution."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any

from interpreter.messages import FactValue, Failure, Voted
from interpreter.plan.model import Plan
from interpreter.rules.readers import drop_read
from interpreter.state import FINAL_NODE, EdgeState, GateState, NodeState, NodeStatus, RunState

LETTERS = {EdgeState.OPEN: "o", EdgeState.TAKEN: "t", EdgeState.DEAD: "d", EdgeState.FAILED: "f"}
STATES = {letter: state for state, letter in LETTERS.items()}
PLAIN = ("run", "env", "open", "started", "yielded", "finished", "ending", "end")
"""The fields of a run that are JSON as they are."""


def snapshot(state: RunState) -> dict[str, Any]:
    """All of the state. What is as it was at the start is left out."""
    return {
        **{name: getattr(state, name) for name in PLAIN},
        "queue": list(state.queue),
        "overrides": list(state.overrides),
        "nodes": {str(index): saved for index, node in enumerate(state.nodes) if (saved := _changed(node))},
        "edges": "".join(LETTERS[edge] for edge in state.edges),
        "input_facts": _facts_out(state.input_facts),
        "faults": {str(edge): asdict(fault) for edge, fault in state.faults.items()},
        "gates": {str(node): asdict(gate) for node, gate in state.gates.items()},
        "failure": state.failure and asdict(state.failure),
    }


def restore(plan: Plan, saved: Mapping[str, Any]) -> RunState:
    """The state that a snapshot was taken of, for the same plan."""
    state = RunState.begin(plan, run=saved["run"], env=saved["env"])
    for name in PLAIN:
        setattr(state, name, saved[name])
    state.queue, state.overrides = list(saved["queue"]), list(saved["overrides"])
    for index, node in saved["nodes"].items():
        state.nodes[int(index)] = _node(node)
    drop_read(plan, state, (index for index, node in enumerate(state.nodes) if node.status in FINAL_NODE))
    state.edges = [STATES[letter] for letter in saved["edges"]]
    state.input_facts = _facts_in(saved["input_facts"])
    state.faults = {int(edge): Failure(**fault) for edge, fault in saved["faults"].items()}
    state.gates = {int(node): _gate(gate) for node, gate in saved["gates"].items()}
    state.failure = _failure(saved["failure"])
    return state


def _changed(node: NodeState) -> dict[str, Any]:
    """The fields of a node that are not as a node begins."""
    saved: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if value != (field.default if field.default_factory is MISSING else field.default_factory()):
            saved[field.name] = list(value) if isinstance(value, list) else value
    if node.facts:
        saved["facts"] = _facts_out(node.facts)
    if node.failure:
        saved["failure"] = asdict(node.failure)
    return saved | ({"status": str(node.status)} if "status" in saved else {})


def _node(saved: dict[str, Any]) -> NodeState:
    node = NodeState(**saved)
    node.arrived, node.unseen = list(node.arrived), list(node.unseen)
    node.status, node.failure = NodeStatus(node.status), _failure(saved.get("failure"))
    node.facts = _facts_in(saved.get("facts", {}))
    return node


def _gate(saved: dict[str, Any]) -> GateState:
    votes = {name: [_vote(vote) for vote in saved[name]] for name in ("votes", "early")}
    return GateState(**{**saved, **votes})


def _vote(saved: dict[str, Any]) -> Voted:
    return Voted(**{**saved, "groups": tuple(saved["groups"])})


def _failure(saved: dict[str, Any] | None) -> Failure | None:
    return Failure(**saved) if saved else None


def _facts_out(facts: dict[int, FactValue]) -> dict[str, Any]:
    return {str(fact): list(value) for fact, value in facts.items()}


def _facts_in(saved: Mapping[str, Any]) -> dict[int, FactValue]:
    return {int(fact): (kind, value) for fact, (kind, value) in saved.items()}
