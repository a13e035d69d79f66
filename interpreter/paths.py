"""From a path, as people and rows name an instance of a node, to where it stands in a run."""

from interpreter.plan.model import Plan, Region
from interpreter.state import RunState, Scope


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


def _inside(scope: Scope, node: int, key: str) -> int | None:
    """The scope of the item or lap of this number, if it is open."""
    repeat = scope.repeats.get(node)
    return repeat.instances.get(int(key)) if repeat is not None and key.isdecimal() else None
