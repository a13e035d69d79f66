"""The facts that the new plan needs and nobody holds: computed anew from what is on record."""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass
from typing import Literal

from interpreter.messages import FactValue
from interpreter.paths import id_of
from interpreter.plan.model import FactSpec, Plan
from interpreter.state import RunState, Scope, Wish


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the value lies over which facts are wanted, and where they belong.

    Of a `node` its output; of a scope the run's `input`, an `item` or what the lap before gave (`lap`);
    of an `override` that waits for its node the output that it gives. `node` is the id of the node, of an
    item or a lap that of the map or loop, whose `path` and `generation` these are then.
    """

    kind: Literal["node", "input", "item", "lap", "override"]
    node: str
    path: str
    generation: int = 1
    key: int = 0
    override: str | None = None
    scope: int = 0
    index: int = 0


def wanted_facts(plan: Plan, run: RunState) -> list[Wanted]:
    """What has to be looked up before the run can go on under this plan."""
    found = [wanted for scope in (run, *run.scopes.values()) for wanted in _of_scope(plan, run, scope)]
    return [*found, *_of_overrides(plan, run)]


def told(run: RunState, wanted: Wanted, facts: Names[int, FactValue]) -> None:
    """Bring facts that were computed into the state."""
    if wanted.kind == "override":
        wishes = (*run.ahead.values(), *run.wishes.values())
        result = next(wish.result for wish in wishes if wish.override == wanted.override)
        assert result is not None, "what succeeds has a result"
        result.facts.update(facts)
        return
    scope = run.scope(wanted.scope)
    held = scope.nodes[wanted.index].facts if wanted.kind == "node" else scope.facts
    held.update({fact: value for fact, value in facts.items() if scope.readers.get(fact)})


def _of_scope(plan: Plan, run: RunState, scope: Scope) -> Iterator[Wanted]:
    region = plan.region(scope.region)
    if _misses(scope, region.given, scope.facts):
        yield _given(plan, run, scope)
    for planned, known in zip(region.nodes, scope.nodes, strict=True):
        if known.has_output and _misses(scope, planned.facts, known.facts):
            path = scope.path_of(planned.segment)
            yield Wanted("node", planned.id, path, known.generation, scope=scope.id, index=planned.index)


def _given(plan: Plan, run: RunState, scope: Scope) -> Wanted:
    """What a scope was given."""
    if not scope.id:
        return Wanted("input", "", "")
    around = run.scope(scope.parent)
    owner = plan.region(around.region).nodes[scope.owner]
    kind = "item" if owner.behaviour == "map" else "lap"
    return Wanted(kind, owner.id, around.path_of(owner.segment), scope.generation, scope.key, scope=scope.id)


def _of_overrides(plan: Plan, run: RunState) -> Iterator[Wanted]:
    for path, wish in (*run.ahead.items(), *_underway(plan, run)):
        node = plan.find(id_of(path))
        if wish.result is not None and any(spec.id not in wish.result.facts for spec in node.facts):
            yield Wanted("override", node.id, path, override=wish.override)


def _underway(plan: Plan, run: RunState) -> Iterator[tuple[str, Wish]]:
    """The wishes for nodes that have to stop first, by the paths of these."""
    for (scope, node), wish in run.wishes.items():
        around = run.scope(scope)
        yield around.path_of(plan.region(around.region).nodes[node].segment), wish


def _misses(scope: Scope, specs: Iterable[FactSpec], held: Names[int, FactValue]) -> bool:
    return any(spec.id not in held and scope.readers.get(spec.id) for spec in specs)
