"""From a path, as people and rows name an instance of a node, to where it stands in a run."""

from collections.abc import Iterable

from interpreter.plan.model import Plan, PlannedNode, Region
from interpreter.state import FINAL_NODE, NodeStatus, Repeat, RunState, Scope
from interpreter.steps import Step, steps_of


def locate(plan: Plan, run: RunState, path: str) -> tuple[int, int] | None:
    """The scope and the node of a path such as `each.3.refine~2.sign_off`.

    None if the path names no node, or one of an item or a lap that is not open: paths come from anywhere.
    """
    scope: Scope = run
    parts = iter(path.split("."))
    for part in parts:
        name, lapped, lap = part.partition("~")
        region = plan.region(scope.region)
        node = region.index_of.get(name)
        if node is None:
            return None
        if region.nodes[node].behaviour == "agent" and not lapped:
            return _in_agent(plan, run, scope, node, path)
        key = lap if lapped else next(parts, None)
        if key is None:
            return scope.id, node
        inside = _inside(scope, node, key) if (region.nodes[node].behaviour == "loop") == bool(lapped) else None
        if inside is None:
            return None
        scope = run.scope(inside)
    return None


def _in_agent(plan: Plan, run: RunState, scope: Scope, node: int, path: str) -> tuple[int, int] | None:
    """The same for an agent itself, and for what its turns and calls that are open run."""
    if path == scope.path_of(plan.region(scope.region).nodes[node].segment):
        return scope.id, node
    repeat = scope.repeats.get(node)
    instances = [run.scope(instance) for instance in repeat.instances.values()] if repeat is not None else []
    around = [each for each in instances if path == each.path or path.startswith(f"{each.path}.")]
    inside = max(around, key=lambda each: len(each.path), default=None)
    if inside is None:
        return None
    for planned in plan.region(inside.region).nodes:
        if planned.behaviour == "agent":
            return _in_agent(plan, run, inside, planned.index, path)
        if path == inside.path_of(planned.segment):
            return inside.id, planned.index
    return None


def id_of(path: str) -> str:
    """The id of the node that a path names an instance of, outside of agents."""
    return path.rpartition(".")[2]


def id_at(plan: Plan, path: str) -> str:
    """The same in any path: what an agent runs has the agent's id."""
    agents = (part for part in path.split(".") if part in plan.places and plan.find(part).behaviour == "agent")
    return next(agents, id_of(path))


def region_at(plan: Plan, path: str) -> Region | None:
    """The region of which a path such as `each.3.refine~2` names an instance; the root for an empty one.

    None if it names none, whether or not the item or lap has ever begun.
    """
    if not path:
        return plan
    steps = steps_of(plan, path)
    body = plan.region(steps[-1].region).nodes[steps[-1].node].body if steps and steps[-1].key is not None else None
    return None if body is None else plan.region(body)


def may_begin(plan: Plan, run: RunState, path: str) -> PlannedNode | None:
    """The node that a path names in an item or a lap which has not begun and may still; None if it has, or cannot."""
    steps = steps_of(plan, path)
    if steps is None or steps[-1].key is not None or not _is_ahead(plan, run, steps[:-1]):
        return None
    return plan.region(steps[-1].region).nodes[steps[-1].node]


def _is_ahead(plan: Plan, run: RunState, inwards: Iterable[Step]) -> bool:
    """Whether the first item or lap on the way that is not open will be, as far as can be told."""
    scope: Scope = run
    for _, node, key in inwards:
        assert key is not None, "the way leads through items and laps"
        known, repeat = scope.nodes[node], scope.repeats.get(node)
        inside = repeat.instances.get(key) if repeat is not None else None
        if inside is None:
            planned = plan.region(scope.region).nodes[node]
            return known.status not in FINAL_NODE and _is_to_come(planned, known.status, repeat, key)
        scope = run.scope(inside)
    return False


def _is_to_come(planned: PlannedNode, status: NodeStatus, repeat: Repeat | None, key: int) -> bool:
    if planned.behaviour == "loop":
        begun = max(repeat.instances, default=0) if repeat is not None else 0
        return begun < key <= planned.node.with_["max_iterations"]
    if status is NodeStatus.PENDING or repeat is None or not repeat.opened:
        return True
    return repeat.next <= key < repeat.count


def _inside(scope: Scope, node: int, key: str) -> int | None:
    """The scope of the item or lap of this number, if it is open."""
    repeat = scope.repeats.get(node)
    return repeat.instances.get(int(key)) if repeat is not None and key.isdecimal() else None
