"""Every field of a run's state survives a fresh history, and a migration to an equal version.

A new field fails the first test until it is filled here, and one of the others until it is carried.
"""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import pytest

from interpreter.messages import Result
from interpreter.migrate import Mapping, carry
from interpreter.snapshot import restore, snapshot
from interpreter.state import Due, EdgeState, Kept, NodeState, NodeStatus, RunState, Scope, Wish
from tests.support.documents import a_node
from tests.support.rules import BROKEN, ARun

EMPTY_AT_REST = {"queue", "sweeps", "stops", "closing", "undo", "undoing", "yielded", "bygone"}
"""What a run that comes to rest has done; a migration begins these anew."""


def a_run() -> ARun:
    """A run in which all that a plan can bring about is under way at once; what is left is set below."""
    inner = {"id": "inner", "type": "map", "with": {"items": "[1]", "chain": [a_node("two")]}}
    nodes: dict[str, Any] = {
        "gate": {"type": "human_gate"},
        "event": {"type": "event", "with": {"name": "paid"}},
        "each": {"type": "map", "with": {"items": "input", "chain": [inner, a_node("one")]}},
        "b": {"when": "nodes.a.output > input.least", "join": {"mode": "settled"}},
        "c": {"when": "nodes.b.output > 1"},
    }
    edges = [
        {"from": "a", "to": "b"},
        {"from": "a", "to": "c", "when": "1 / 0 == 1"},
        {"from": "b", "to": "c"},
        {"from": "f", "to": "b", "on": ["error"]},
    ]
    run = ARun("a; b; c; f; gate; event; each", nodes=nodes, edges=edges, given={"least": 1})
    for done in ("a", "f"):
        run.complete(done, 5)
    run.open("gate")
    run.vote("gate", "approved")
    run.open_items("each", 2)
    run.open_items("each.0.inner", 1)
    run.deliver("e0", "refund")
    return run


def fill(run: ARun) -> None:
    """Give every field that is as at the start another value."""
    state = run.state
    place, item = run.place("b"), run.instance("each.0")
    wish = Wish("o", "retry", Result(1, "hash", {}), ["a"])
    node = state.nodes[place[1]]
    node.generation, node.outcome, node.failure, node.size, node.sha256 = 2, "success", BROKEN, 1, "hash"
    node.facts, node.has_output, node.reason = {run.plan.find("b").facts[0].id: ("value", 2)}, True, "override"
    node.unseen, node.unknown, node.reused = [run.index("c")], True, True
    node.tried = 1
    node.failed, state.edges[run.plan.nodes[place[1]].incoming[1]] = 1, EdgeState.FAILED
    node.stopping, node.status = "override", NodeStatus.RETRYING
    state.stopping = 1
    item.generation = 2
    item.ending, item.failure, item.end, item.undoes, item.done = "failed", BROKEN, 1, True, {1: 1}
    state.ending, state.failure, state.end, state.undoes, state.done = "failed", BROKEN, 1, True, {1: 1}
    state.env, state.retried, state.yielded, state.finished = {"A": 1}, 4, True, True
    state.compensated = state.undo_failed = state.cleaned = True
    state.overrides, state.commands, state.breakpoints = {"o": None}, {"c": None}, {"b": None}
    state.ahead, state.wishes, state.given = {"c": wish}, {place: wish}, {place: wish}
    state.kept["e1"] = Kept("e1", "refund", "k", given=True)
    state.paused, state.pauses, state.short, state.debug = True, 1, True, True
    state.due, state.passing, state.bygone = {place: Due(True, True, True)}, {place: None}, {place: None}
    state.queue, state.undoing = [place], place
    for queue in (state.sweeps, state.stops, state.undo):
        queue.append(place)
    state.closing.append(item.id)


@pytest.mark.parametrize("kind", [RunState, Scope, NodeState], ids=lambda kind: kind.__name__)
def test_the_run_below_has_a_value_in_every_field_that_its_start_has_not(
    kind: type[RunState | Scope | NodeState],
) -> None:
    run = a_run()
    fill(run)
    scopes = [run.state, *run.state.scopes.values()]
    begun: object = NodeState() if kind is NodeState else RunState.begin(run.plan, run={}, env={})
    filled: Sequence[object] = [node for scope in scopes for node in scope.nodes] if kind is NodeState else scopes
    for name, at_start in ((each.name, getattr(begun, each.name)) for each in fields(kind)):
        assert any(getattr(one, name, at_start) != at_start for one in filled), name


def test_a_fresh_history_has_every_field_as_it_was() -> None:
    run = a_run()
    fill(run)
    assert restore(run.plan, json.loads(json.dumps(snapshot(run.state)))) == run.state


def test_an_equal_version_has_every_field_as_it_was_but_those_that_are_empty_at_rest() -> None:
    run = a_run()
    fill(run)
    there = carry(Mapping(run.plan, replace(run.plan, hash="other")), run.state)
    for each in fields(RunState):
        if each.name not in EMPTY_AT_REST:
            assert getattr(there, each.name) == getattr(run.state, each.name), each.name
