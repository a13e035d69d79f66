"""A path as the steps that it takes through the plan, whether or not what it names has ever begun."""

from typing import NamedTuple

from interpreter.plan.model import Plan, Region


class Step(NamedTuple):
    """A node of a region, and its item or lap where the path goes on into one, or ends at one."""

    region: int
    node: int
    key: int | None


def steps_of(plan: Plan, path: str) -> tuple[Step, ...] | None:
    """The path's steps, from the root inwards; None if it names no node, item or lap."""
    steps: list[Step] = []
    region: Region = plan
    parts = iter(path.split("."))
    for part in parts:
        name, lapped, lap = part.partition("~")
        node = region.index_of.get(name)
        if node is None:
            return None
        body = region.nodes[node].body
        is_loop = body is not None and plan.region(body).until is not None
        key = lap if lapped else None if is_loop else next(parts, None)
        if key is None:
            steps.append(Step(region.index, node, None))
            return None if next(parts, None) is not None else tuple(steps)
        if body is None or not (key.isascii() and key.isdecimal()) or is_loop != bool(lapped):
            return None
        steps.append(Step(region.index, node, int(key)))
        region = plan.region(body)
    return tuple(steps)
