"""Breakpoints of a run, held against the version that it executes."""

from collections.abc import Iterable, Iterator, Sequence

from interpreter.paths import region_at
from interpreter.plan.draft import did_you_mean, listed
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from plait.errors import Invalid


def breakpoints_in(plan: Plan, nodes: Sequence[str], field: str = "breakpoints") -> tuple[str, ...]:
    """The ids and paths, each once. Raises Invalid with those that name no node of the version."""
    if problems := list(_unknown(plan, nodes, field)):
        raise Invalid(f"{problems[0].message} {problems[0].fix}", problems=problems)
    return tuple(dict.fromkeys(nodes))


def _unknown(plan: Plan, nodes: Iterable[str], field: str) -> Iterator[Problem]:
    for place, node in enumerate(nodes):
        around, _, name = node.rpartition(".")
        region = region_at(plan, around) if around else None
        if node in plan.places or (region is not None and name in region.index_of):
            continue
        known = sorted(plan.places)
        fix = did_you_mean(node, known, f"Its nodes are {listed(known[:20])}.")
        message = f"The version that runs has no node {node!r}."
        yield Problem("unknown_node", message, (field, place), fix=fix)
