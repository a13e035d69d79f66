"""The state of a run under another plan. Statuses, counts and results stay; numbers become those of the new plan."""

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Names
from dataclasses import fields, replace
from typing import TypeVar

from interpreter.messages import FactValue
from interpreter.migrate.mapping import Mapping
from interpreter.paths import id_of
from interpreter.plan.model import Region
from interpreter.rules.inbound import want
from interpreter.rules.readers import drop_read
from interpreter.state import (
    FINAL_NODE,
    EdgeState,
    GateState,
    NodeState,
    NodeStatus,
    Place,
    Repeat,
    RunState,
    Scope,
    Wish,
    scope_of,
)

SAME = (
    *("run", "env", "last_scope", "retried", "last_listener", "overrides", "compensated", "undo_failed"),
    *("cleaned", "started", "finished", "kept", "commands", "paused", "pauses", "short", "debug"),
)
"""What of a run says nothing of its plan's numbers."""

Held = TypeVar("Held")


def carry(mapping: Mapping, run: RunState, unbegun: Collection[Place] = ()) -> RunState:
    """The run as it stands under the new plan, where nothing blocks. Edges that it has not settled are open
    still, and facts that it does not hold are missing: `settling` and `looking` are for these.

    `unbegun` are nodes that were decided to run and that nobody has begun with: they are to be decided anew.
    """
    carried = RunState.begin(mapping.new, run=run.run, env=run.env)
    for name in SAME:
        setattr(carried, name, getattr(run, name))
    scopes: dict[int, Scope] = {0: carried}
    _fill(mapping, run, carried, unbegun)
    for scope in run.scopes.values():
        into = mapping.regions.get(scope.region)
        owner = mapping.node(run.scope(scope.parent).region, scope.owner)
        if into is None or owner is None or scope.parent not in scopes:
            continue
        region, parent = mapping.new.region(into), scopes[scope.parent]
        carried.scopes[scope.id] = scopes[scope.id] = made = scope_of(
            region,
            generation=scope.generation,
            id=scope.id,
            region=into,
            path=scope.path,
            parent=scope.parent,
            owner=owner,
            key=scope.key,
            names={**parent.names, **_own_name(region, scope)},
        )
        _fill(mapping, scope, made, unbegun)
    _carry_places(mapping, run, carried)
    _carry_kept(carried)
    return carried


def _own_name(region: Region, scope: Scope) -> dict[str, int]:
    """What expressions in an item or a lap call its number; none stand in what an agent runs."""
    if region.role != "graph":
        return {}
    return {region.names[1] if region.until is None else "lap": scope.key}


def _carry_places(mapping: Mapping, run: RunState, carried: RunState) -> None:
    """What the run as a whole knows by place."""
    carried.wishes = {there: _wish(mapping, wish) for there, wish in _moved(mapping, run, run.wishes)}
    carried.given, carried.due = dict(_moved(mapping, run, run.given)), dict(_moved(mapping, run, run.due))
    carried.passing = dict(_moved(mapping, run, run.passing))
    carried.breakpoints = {said: None for said in run.breakpoints if id_of(said) in mapping.new.places}
    carried.ahead = {path: _wish(mapping, wish) for path, wish in run.ahead.items() if mapping.find(id_of(path))}
    for listener in run.listeners.values():
        place = mapping.place(run, (listener.scope, listener.node))
        assert place is not None, "one that the new version lacks stands in the way"
        carried.listeners[place] = moved = replace(listener, node=place[1])
        if moved.taking is None:
            want(carried, moved)


def _moved(mapping: Mapping, run: RunState, held: Names[Place, Held]) -> Iterator[tuple[Place, Held]]:
    """What is held by place, where that is under the new plan; what is gone is left out."""
    for place, value in held.items():
        if (there := mapping.place(run, place)) is not None:
            yield there, value


def _wish(mapping: Mapping, wish: Wish) -> Wish:
    """What is to become of a node, with the facts that are the same."""
    result = wish.result
    return replace(wish, result=result and replace(result, facts=_facts(mapping, result.facts)))


def _carry_kept(carried: RunState) -> None:
    """Items and laps that are kept only to be undone, where these are gone, are gone with them."""
    for scope in (carried, *carried.scopes.values()):
        for repeat in scope.repeats.values():
            repeat.kept = [kept for kept in repeat.kept if kept in carried.scopes]


def _fill(mapping: Mapping, was: Scope, scope: Scope, unbegun: Collection[Place]) -> None:
    """Bring what is known of a scope into the same one under the new plan."""
    region, nodes, edges = mapping.new.region(scope.region), mapping.nodes[was.region], mapping.edges[was.region]
    scope.ending, scope.failure, scope.undoes = was.ending, was.failure, was.undoes
    scope.end = None if was.end is None else nodes.get(was.end)
    for old, known in enumerate(was.nodes):
        if (new := nodes.get(old)) is not None:
            scope.nodes[new] = made = _node(mapping, known, nodes, edges)
            if (was.id, old) in unbegun:
                made.status, made.guard, made.unseen = NodeStatus.PENDING, None, []
    for old, state in enumerate(was.edges):
        new = edges.get(old)
        if new is not None and _stays(mapping, was, scope, old, new):
            _count(region, scope, new, state)
    for known in scope.nodes:
        if known.status is NodeStatus.PENDING:
            known.arrived = [edge for edge in known.arrived if scope.edges[edge] is EdgeState.TAKEN]
    scope.facts = _facts(mapping, was.facts)
    scope.faults = {edges[edge]: fault for edge, fault in was.faults.items() if edge in edges}
    gates = {node: gate for node, gate in was.gates.items() if node in nodes and (was.id, node) not in unbegun}
    scope.gates = {nodes[node]: _gate(gate, nodes[node]) for node, gate in gates.items()}
    scope.repeats = {
        nodes[node]: _repeat(mapping, region, nodes[node], repeat)
        for node, repeat in was.repeats.items()
        if node in nodes
    }
    scope.done = {nodes[node]: number for node, number in was.done.items() if node in nodes}
    scope.open = sum(known.status not in FINAL_NODE for known in scope.nodes)
    scope.stopping = sum(known.stopping is not None and known.status not in FINAL_NODE for known in scope.nodes)
    for planned, known in zip(region.nodes, scope.nodes, strict=True):
        # One with edges that are open still needs what its guards read until these are settled.
        if known.status in FINAL_NODE and all(scope.edges[edge] is not EdgeState.OPEN for edge in planned.outgoing):
            drop_read(region, scope, planned.index)


def _stays(mapping: Mapping, was: Scope, scope: Scope, old: int, new: int) -> bool:
    """Whether an edge is as it was: what was decided stays so, what was not is decided by the new version."""
    target = mapping.new.region(scope.region).edges[new].target
    return scope.nodes[target].status is not NodeStatus.PENDING or mapping.is_same_edge(was.region, old)


def _count(region: Region, scope: Scope, edge: int, state: EdgeState) -> None:
    scope.edges[edge] = state
    known = scope.nodes[region.edges[edge].target]
    known.settled += state is not EdgeState.OPEN
    known.taken += state is EdgeState.TAKEN
    known.failed += state is EdgeState.FAILED


def _node(mapping: Mapping, known: NodeState, nodes: Names[int, int], edges: Names[int, int]) -> NodeState:
    """A node as it is known, without the counts of its in-edges."""
    same = {each.name: getattr(known, each.name) for each in fields(known)}
    same |= {"settled": 0, "taken": 0, "failed": 0, "facts": _facts(mapping, known.facts)}
    same["arrived"] = [edges[edge] for edge in known.arrived if edge in edges]
    same["unseen"] = [nodes[node] for node in known.unseen if node in nodes]
    return NodeState(**same)


def _gate(gate: GateState, node: int) -> GateState:
    """A gate with its votes, which name the node."""
    votes, early = ([replace(vote, node=node) for vote in some] for some in (gate.votes, gate.early))
    return replace(gate, votes=votes, early=early)


def _repeat(mapping: Mapping, region: Region, node: int, repeat: Repeat) -> Repeat:
    """How far a map or a loop is. Facts of items that are still to begin are told again, unless all are held."""
    body = region.nodes[node].body
    given = () if body is None else mapping.new.region(body).given
    facts = {item: _facts(mapping, held) for item, held in repeat.facts.items()}
    if all(spec.id in held for held in facts.values() for spec in given if spec.required) and (facts or not given):
        return replace(repeat, facts=facts, known=repeat.known if given else 0)
    return replace(repeat, facts={}, known=repeat.next)


def _facts(mapping: Mapping, held: Names[int, FactValue]) -> dict[int, FactValue]:
    return {mapping.facts[fact]: value for fact, value in held.items() if fact in mapping.facts}
