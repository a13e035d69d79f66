"""From a path, as people and rows name an instance of a node, to where it stands in a run."""

from interpreter.plan.model import Plan, PlannedNode, Region
from interpreter.state import FINAL_NODE, NodeStatus, Repeat, RunState, Scope


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
        key = lap if lapped else next(parts, None)
        if key is None:
            return scope.id, node
        inside = _inside(scope, node, key) if (region.nodes[node].behaviour == "loop") == bool(lapped) else None
        if inside is None:
            return None
        scope = run.scope(inside)
    return None


def id_of(path: str) -> str:
    """The id of the node that a path names an instance of."""
    return path.rpartition(".")[2]


def region_at(plan: Plan, path: str) -> Region | None:
    """The region of which a path such as `each.3.refine~2` names an instance; the root for an empty one.

    None if it names none, whether or not the item or lap has ever begun.
    """
    region: Region = plan
    parts = iter(path.split(".") if path else ())
    for part in parts:
        name, lapped, lap = part.partition("~")
        index = region.index_of.get(name)
        body = None if index is None else region.nodes[index].body
        key = lap if lapped else next(parts, "")
        if body is None or not key.isdecimal() or (plan.region(body).until is not None) != bool(lapped):
            return None
        region = plan.region(body)
    return region


def may_begin(plan: Plan, run: RunState, path: str) -> PlannedNode | None:
    """The node that a path names in an item or a lap which has not begun and may still; None if it has, or cannot."""
    around, _, name = path.rpartition(".")
    region = region_at(plan, around)
    node = region.index_of.get(name) if region is not None else None
    if region is None or node is None or not _is_ahead(plan, run, path):
        return None
    return region.nodes[node]


def _is_ahead(plan: Plan, run: RunState, path: str) -> bool:
    """Whether the first item or lap on the way that is not open will be, as far as can be told."""
    scope: Scope = run
    parts = iter(path.split("."))
    for part in parts:
        name, _, lap = part.partition("~")
        planned = plan.region(scope.region).nodes[plan.region(scope.region).index_of[name]]
        if planned.body is None:
            return False
        key = int(lap or next(parts))
        known, repeat = scope.nodes[planned.index], scope.repeats.get(planned.index)
        inside = repeat.instances.get(key) if repeat is not None else None
        if inside is None:
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
