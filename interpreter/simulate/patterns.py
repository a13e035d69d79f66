"""Which part of a script is meant for an instance of a node: the most exact of the paths that it names."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TypeVar

from interpreter.paths import id_of
from interpreter.plan.model import Plan, PlannedNode

T = TypeVar("T")

EVERY_NODE = "*"
UNDO = "~undo"
_PLACE = re.compile(r"(?<=\.)\d+(?=\.|$)|(?<=~)\d+(?=\.|$)")
"""The place of an item (`each.3.score`) and the number of a lap (`refine~2.draft`)."""


def best(patterns: Mapping[str, T], path: str, node: str) -> T | None:
    """What the script holds for the node at this path, None where no pattern matches.

    A pattern is a path, in which `*` stands for any item or lap; or a node's id alone, wherever it
    runs; or `*` alone, which is every node. The path itself wins, then the pattern with the fewest
    `*`, of several those whose first `*` comes later, then the id, then `*`. A compensation
    (`publish~undo`) is never meant by the id of what it undoes. A look-up takes as many steps as
    the path has places to fill, not as there are patterns.
    """
    return next((patterns[name] for name in names_of(path, node) if name in patterns), None)


def node_in(plan: Plan, pattern: str) -> PlannedNode | None:
    """The node that a pattern can be meant for; None where it matches no path that the plan can have."""
    name = pattern.removesuffix(UNDO)
    found = plan.places.get(id_of(name))
    if found is None:
        return None
    node = plan.region(found[0]).nodes[found[1]]
    return node if name == node.id or _PLACE.sub(EVERY_NODE, name) == _shape_of(plan, node) else None


def _shape_of(plan: Plan, node: PlannedNode) -> str:
    """The pattern of all paths of a node: `each.*.refine~*.draft`."""
    shape, region = node.id, plan.region(node.region)
    while region.owner is not None:
        outer, index = region.owner
        owner = plan.region(outer).nodes[index]
        shape = f"{owner.id}{'~*' if owner.behaviour == 'loop' else '.*'}.{shape}"
        region = plan.region(outer)
    return shape


def names_of(path: str, node: str) -> Iterator[str]:
    """Every pattern that matches the path, the most exact first."""
    yield path
    places = [found.span() for found in _PLACE.finditer(path)]
    for stars in range(1, len(places) + 1):
        for chosen in sorted(combinations(range(len(places)), stars), reverse=True):
            yield _starred(path, [places[number] for number in chosen])
    yield f"{node}{UNDO}" if path.endswith(UNDO) else node
    yield EVERY_NODE


def _starred(path: str, places: list[tuple[int, int]]) -> str:
    for begin, end in reversed(places):
        path = f"{path[:begin]}*{path[end:]}"
    return path
