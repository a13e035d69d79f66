"""A run's state as plain JSON, small enough to be handed to the run's next execution."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from interpreter.messages import FactValue, Failure, Result, Voted
from interpreter.plan.model import Plan
from interpreter.rules.inbound import want
from interpreter.rules.readers import drop_read
from interpreter.state import (
    FINAL_NODE,
    Due,
    EdgeState,
    GateState,
    Kept,
    Lap,
    Listener,
    NodeState,
    NodeStatus,
    Place,
    Repeat,
    RunState,
    Scope,
    Wish,
    scope_of,
)

LETTERS = {EdgeState.OPEN: "o", EdgeState.TAKEN: "t", EdgeState.DEAD: "d", EdgeState.FAILED: "f"}
STATES = {letter: state for state, letter in LETTERS.items()}
PLAIN = (
    *("id", "region", "path", "parent", "owner", "key", "generation", "names", "open", "stopping"),
    *("ending", "end", "undoes"),
)
"""The fields of a scope that are JSON as they are."""
OF_THE_RUN = (
    "run",
    "env",
    "last_scope",
    "last_listener",
    "retried",
    "compensated",
    "undo_failed",
    "cleaned",
    "started",
    "yielded",
    "finished",
)
"""The fields of a run that are JSON as they are."""
OF_A_PAUSE = ("paused", "pauses", "short", "debug")
"""The same, in those that know of pauses."""
PLACES = ("sweeps", "stops", "undo")
"""Those that are queues of scope and node."""


def snapshot(state: RunState) -> dict[str, Any]:
    """All of the state. What is as it was at the start is left out."""
    return {
        **_scope_out(state),
        **{name: getattr(state, name) for name in OF_THE_RUN},
        **{name: [list(place) for place in getattr(state, name)] for name in ("queue", *PLACES)},
        "closing": list(state.closing),
        "overrides": list(state.overrides),
        **_pause_out(state),
        "bygone": [list(place) for place in state.bygone],
        "ahead": [[path, _wish_out(wish)] for path, wish in state.ahead.items()],
        "wishes": [[list(place), _wish_out(wish)] for place, wish in state.wishes.items()],
        "given": [[list(place), _wish_out(wish)] for place, wish in state.given.items()],
        "undoing": state.undoing and list(state.undoing),
        "listeners": [asdict(listener) for listener in state.listeners.values()],
        "kept": [asdict(kept) for kept in state.kept.values()],
        "scopes": [_scope_out(scope) for scope in state.scopes.values()],
    }


def restore(plan: Plan, saved: Mapping[str, Any]) -> RunState:
    """The state that a snapshot was taken of, for the same plan."""
    state = RunState.begin(plan, run=saved["run"], env=saved["env"])
    saved = saved if "scopes" in saved else _with_scopes(snapshot(state), saved)
    _scope_in(plan, state, saved)
    for name in OF_THE_RUN:
        setattr(state, name, saved[name])
    for name in PLACES:
        setattr(state, name, deque(_places(saved[name])))
    state.queue = _places(saved["queue"])
    state.closing, state.overrides = deque(saved["closing"]), dict.fromkeys(saved["overrides"])
    state.bygone = dict.fromkeys(_places(saved.get("bygone", ())))
    state.ahead = {path: _wish_in(wish) for path, wish in saved.get("ahead", ())}
    state.wishes = {(scope, node): _wish_in(wish) for (scope, node), wish in saved.get("wishes", ())}
    state.given = {(scope, node): _wish_in(wish) for (scope, node), wish in saved.get("given", ())}
    _pause_in(state, saved)
    state.undoing = next(iter(_places([saved["undoing"]])), None) if saved["undoing"] else None
    state.kept = {kept["event"]: Kept(**kept) for kept in saved["kept"]}
    for listener in (Listener(**listener) for listener in saved["listeners"]):
        state.listeners[listener.scope, listener.node] = listener
        if listener.taking is None:
            want(state, listener)
    for one in saved["scopes"]:
        scope = scope_of(plan.region(one["region"]))
        _scope_in(plan, scope, one)
        state.scopes[scope.id] = scope
    return state


def _with_scopes(begun: Mapping[str, Any], saved: Mapping[str, Any]) -> Mapping[str, Any]:
    """A snapshot of a run that knew its root alone, as one of today; `begun` is that of the run's begin."""
    stopping = (node for node in saved["nodes"].values() if "stopping" in node and node["status"] not in FINAL_NODE)
    return {
        **begun,
        **saved,
        "facts": saved["input_facts"],
        "queue": [[0, node] for node in saved["queue"]],
        "stopping": sum(1 for _ in stopping),
    }


def _pause_out(state: RunState) -> dict[str, Any]:
    return {
        **{name: getattr(state, name) for name in OF_A_PAUSE},
        "breakpoints": list(state.breakpoints),
        "due": [[*place, asdict(due)] for place, due in state.due.items()],
        "passing": [list(place) for place in state.passing],
        "commands": list(state.commands),
    }


def _pause_in(state: RunState, saved: Mapping[str, Any]) -> None:
    for name in OF_A_PAUSE:
        setattr(state, name, saved.get(name, getattr(state, name)))
    state.breakpoints = dict.fromkeys(saved.get("breakpoints", ()))
    state.due = {(scope, node): Due(**due) for scope, node, due in saved.get("due", ())}
    state.passing = dict.fromkeys(_places(saved.get("passing", ())))
    state.commands = dict.fromkeys(saved.get("commands", ()))


def _places(saved: Iterable[Iterable[int]]) -> list[Place]:
    return [(first, second) for first, second in saved]


def _scope_out(scope: Scope) -> dict[str, Any]:
    return {
        **{name: getattr(scope, name) for name in PLAIN},
        "nodes": {
            str(index): saved
            for index, node in enumerate(scope.nodes)
            if (saved := _changed(node, NodeState(generation=scope.generation)))
        },
        "edges": "".join(LETTERS[edge] for edge in scope.edges),
        "facts": _facts_out(scope.facts),
        "faults": {str(edge): asdict(fault) for edge, fault in scope.faults.items()},
        "gates": {str(node): asdict(gate) for node, gate in scope.gates.items()},
        "repeats": {str(node): _repeat_out(repeat) for node, repeat in scope.repeats.items()},
        "failure": scope.failure and asdict(scope.failure),
        "done": [list(numbered) for numbered in scope.done.items()],
    }


def _scope_in(plan: Plan, scope: Scope, saved: Mapping[str, Any]) -> None:
    """Bring what was saved into a scope of which nothing has happened."""
    for name in PLAIN:
        setattr(scope, name, saved[name])
    region = plan.region(scope.region)
    scope.nodes = [_node(saved["nodes"].get(str(index), {}), scope.generation) for index in range(len(region.nodes))]
    for index, node in enumerate(scope.nodes):
        if node.status in FINAL_NODE:
            drop_read(region, scope, index)
    scope.edges = [STATES[letter] for letter in saved["edges"]]
    scope.facts = _facts_in(saved["facts"])
    scope.faults = {int(edge): Failure(**fault) for edge, fault in saved["faults"].items()}
    scope.gates = {int(node): _gate(gate) for node, gate in saved["gates"].items()}
    scope.repeats = {int(node): _repeat_in(repeat) for node, repeat in saved["repeats"].items()}
    scope.failure = _failure(saved["failure"])
    scope.done = dict(_places(saved["done"]))


def _changed(node: NodeState, begun: NodeState) -> dict[str, Any]:
    """The fields of a node that are not as a node begins."""
    saved: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if value != getattr(begun, field.name):
            saved[field.name] = list(value) if isinstance(value, list) else value
    if node.facts:
        saved["facts"] = _facts_out(node.facts)
    if node.failure:
        saved["failure"] = asdict(node.failure)
    return saved | ({"status": str(node.status)} if "status" in saved else {})


def _node(saved: Mapping[str, Any], generation: int) -> NodeState:
    node = NodeState(**{"generation": generation, **saved})
    node.arrived, node.unseen = list(node.arrived), list(node.unseen)
    node.status, node.failure = NodeStatus(node.status), _failure(saved.get("failure"))
    node.facts = _facts_in(saved.get("facts", {}))
    return node


def _repeat_out(repeat: Repeat) -> dict[str, Any]:
    return {
        **asdict(repeat),
        "ended": "".join(repeat.ended),
        "facts": {str(item): _facts_out(facts) for item, facts in repeat.facts.items()},
        "instances": {str(key): scope for key, scope in repeat.instances.items()},
        "last": repeat.last and {**asdict(repeat.last), "result": _result_out(repeat.last.result)},
    }


def _repeat_in(saved: Mapping[str, Any]) -> Repeat:
    last = saved["last"]
    return Repeat(
        **{
            **saved,
            "ended": list(saved["ended"]),
            "facts": {int(item): _facts_in(facts) for item, facts in saved["facts"].items()},
            "instances": {int(key): scope for key, scope in saved["instances"].items()},
            "failure": _failure(saved["failure"]),
            "last": last and Lap(**{**last, "result": _result_in(last["result"])}),
        }
    )


def _result_out(result: Result) -> dict[str, Any]:
    return {"size": result.size, "sha256": result.sha256, "facts": _facts_out(result.facts)}


def _result_in(saved: Mapping[str, Any]) -> Result:
    return Result(saved["size"], saved["sha256"], _facts_in(saved["facts"]))


def _wish_out(wish: Wish) -> dict[str, Any]:
    return {**asdict(wish), "result": wish.result and _result_out(wish.result)}


def _wish_in(saved: Mapping[str, Any]) -> Wish:
    return Wish(**{**saved, "result": saved["result"] and _result_in(saved["result"])})


def _gate(saved: dict[str, Any]) -> GateState:
    votes = {name: [_vote(vote) for vote in saved[name]] for name in ("votes", "early")}
    return GateState(**{**saved, **votes})


def _vote(saved: dict[str, Any]) -> Voted:
    return Voted(**{**saved, "groups": tuple(saved["groups"])})


def _failure(saved: dict[str, Any] | None) -> Failure | None:
    return Failure(**saved) if saved else None


def _facts_out(facts: Mapping[int, FactValue]) -> dict[str, Any]:
    return {str(fact): list(value) for fact, value in facts.items()}


def _facts_in(saved: Mapping[str, Any]) -> dict[int, FactValue]:
    return {int(fact): (kind, value) for fact, (kind, value) in saved.items()}
