"""The ways to come to evaluate an expression: under which conditions, and what is seen then."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from interpreter.plan.bdd import FALSE, TRUE
from interpreter.plan.conditions import Conditions
from interpreter.plan.decisive import on_error
from interpreter.plan.joins import ERRORS
from interpreter.plan.narrowing import Meaning, View
from interpreter.plan.outline import mode_of
from interpreter.plan.sites import Site

SOFT = frozenset({"ended", "skipped", *ERRORS})
"""Outcomes by which an edge of a node may be taken that never completed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to come to evaluate a site: under this condition, in this view."""

    condition: int
    view: View


def entries_of(conditions: Conditions, site: Site) -> Iterator[Entry]:
    """All ways to come to evaluate the site, the ordinary ones first.

    Those in a body begin with a way to run the node that repeats it.
    """
    owner = conditions.draft.outline.areas[site.area].owner
    for around in (None,) if owner is None else _ways_to_run(conditions, owner):
        for own in _own_entries(conditions, site):
            yield own if around is None else _inside(conditions, around, own)


def _ways_to_run(conditions: Conditions, node: int) -> Iterator[Entry]:
    """The ways on which a node runs, in whatever body it stands."""
    outline = conditions.draft.outline
    area = outline.area_of[node]
    owner = outline.areas[area].owner
    own = [Entry(conditions.nodes[node].run, View(node, area)), *_while_stopping(conditions, node)]
    for around in (None,) if owner is None else _ways_to_run(conditions, owner):
        yield from own if around is None else (_inside(conditions, around, one) for one in own)


def _inside(conditions: Conditions, around: Entry, own: Entry) -> Entry:
    """A way inside of another: what is outside of the body is trusted as it is there."""
    condition = conditions.diagrams.both(around.condition, own.condition)
    outer, inner = around.view.trusted, own.view.trusted
    if outer is None and inner is None:
        return replace(own, condition=condition)
    inside = conditions.draft.outline.areas[own.view.area].bits
    trusted = (~inside if outer is None else outer & ~inside) | (inside if inner is None else inner & inside)
    return Entry(condition, replace(own.view, trusted=trusted))


def _own_entries(conditions: Conditions, site: Site) -> Iterator[Entry]:
    """The ways to the site from where its graph begins."""
    index = site.node
    if index is None:
        yield Entry(_region_completes(conditions, site.area), View(None, site.area))
        return
    here, view = conditions.nodes[index], View(index, site.area)
    match site.role:
        case "edge":
            yield Entry(_edge_is_asked(conditions, index, site), replace(view, after=True))
            return
        case "guard":
            yield Entry(here.joined, view)
        case "compensate":
            yield Entry(here.run, replace(view, after=True, undoing=True))
        case _:
            yield Entry(here.run, view)
    yield from _while_stopping(conditions, index, guard=site.role != "guard")


def _region_completes(conditions: Conditions, area: int) -> int:
    """When the end of a graph is come to. The run's is not where an `end` node gives the output."""
    outline, diagrams = conditions.draft.outline, conditions.diagrams
    nodes = outline.areas[area].nodes
    ended = (conditions.nodes[node].run for node in nodes if outline.behaviour(node) == "end")
    stuck = (conditions.nodes[node].stuck for node in nodes) if conditions.racing else ()
    return diagrams.all(condition ^ 1 for condition in (*ended, *stuck))


def _edge_is_asked(conditions: Conditions, index: int, site: Site) -> int:
    """When the guard of an edge is evaluated: its source has ended with an outcome that it is for."""
    outline, here = conditions.draft.outline, conditions.nodes[index]
    (edge,) = (at for at in outline.outgoing[index] if conditions.draft.sites.edges[at] is site)
    on = outline.on[edge]
    outcomes = [here.outcomes.get(name, FALSE) for name in sorted(on)]
    goes_on = "success" in on and on_error(conditions.draft, index) == "continue"
    failed = [here.failed] if on & ERRORS or goes_on else []
    return conditions.diagrams.any((*outcomes, *failed))


def _while_stopping(conditions: Conditions, node: int, *, guard: bool = True) -> Iterator[Entry]:
    """An `always` node also runs when its region is stopped, and then much upstream may not have ended.

    An edge on success still tells that its source completed, and hence all that this one needed.
    """
    outline = conditions.draft.outline
    if mode_of(outline.nodes[node]) != "always":
        return
    area = outline.area_of[node]
    outside = ~outline.areas[area].bits
    for edge in outline.incoming[node]:
        source = conditions.source(edge)
        hard = not outline.on[edge] & SOFT and mode_of(outline.nodes[source]) != "always"
        trusted = outside | (conditions.settled_before[source] | 1 << source if hard else 0)
        view = View(node, area, trusted=trusted)
        condition = conditions.taken[edge] if hard else TRUE
        when = conditions.draft.sites.nodes[node].when
        if when and guard:
            condition = conditions.diagrams.both(condition, Meaning(conditions, view).truth(when.expressions[0]))
        yield Entry(condition, view)
