"""From a document to its plan, or to everything that is wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.plan.bodies import check_bodies
from interpreter.plan.build import assemble
from interpreter.plan.collector import collector_paused
from interpreter.plan.definition import Definition, definition_of
from interpreter.plan.draft import Draft
from interpreter.plan.fields import check_fields
from interpreter.plan.gates import check_gates
from interpreter.plan.graph import check_graph
from interpreter.plan.joins import check_joins
from interpreter.plan.limits import check_limits
from interpreter.plan.model import Plan
from interpreter.plan.models import check_models
from interpreter.plan.outcomes import check_outcomes
from interpreter.plan.outline import outline_of
from interpreter.plan.presence import check_presence
from interpreter.plan.references import check_references
from interpreter.plan.sites import Path, sites_of
from interpreter.plan.types import type_sites
from interpreter.plan.warnings import warnings_of
from interpreter.plan.wellformed import check_environment, check_schemas
from interpreter.problems import Problem

CHECKS: tuple[Callable[[Draft], Iterator[Problem]], ...] = (
    check_fields,
    check_graph,
    check_gates,
    check_bodies,
    check_models,
    check_outcomes,
    check_joins,
    check_references,
    check_schemas,
    check_environment,
)
"""What can be said of any document; each looks at one concern and knows nothing of the others."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan, and what it is stored as, if there are no problems. Warnings stop nothing."""

    plan: Plan | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    definition: Definition | None = None


@collector_paused()
def compile_document(document: Document, catalogue: Catalogue) -> Compiled:
    """All that is wrong with a document at once, or its plan.

    Presence conditions are looked at when everything else about the graph is right: they mean
    nothing on a graph with circles, or of nodes that are not there.
    """
    outline = outline_of(document, catalogue)
    if too_many := tuple(check_limits(outline)):
        return Compiled(None, too_many)
    draft = Draft(outline, sites_of(outline, catalogue), catalogue)
    typed = type_sites(draft)
    problems = [*draft.sites.problems, *typed.problems, *(problem for check in CHECKS for problem in check(draft))]
    problems += _presence(draft, typed.optional, problems)
    warnings = () if problems else tuple(warnings_of(draft))
    if problems:
        return Compiled(None, in_order(problems))
    definition = definition_of(document, catalogue)
    return Compiled(assemble(outline, draft.sites, catalogue, definition.hash), (), warnings, definition)


BREAKS_THE_GRAPH = frozenset(
    {
        "condition_in_chain",
        "cycle",
        "doubled_edge",
        "duplicate_id",
        "edge_leaves_graph",
        "end_in_body",
        "missing_on",
        "no_nodes",
        "unknown_node",
        "unknown_outcome",
    }
)


def _presence(draft: Draft, optional: Mapping[Path, frozenset[str]], known: list[Problem]) -> list[Problem]:
    """Nothing where the graph is broken, and nothing that repeats what is said of the place already."""
    if any(_breaks_the_graph(problem) for problem in known):
        return []
    places = {problem.path for problem in known}
    named = {(problem.code, problem.node) for problem in known}
    return [
        one for one in check_presence(draft, optional) if one.path not in places and (one.code, one.node) not in named
    ]


def _breaks_the_graph(problem: Problem) -> bool:
    """Also a case that cannot be read: its edges would seem to lead nowhere."""
    return problem.code in BREAKS_THE_GRAPH or (problem.code == "expression" and "cases" in problem.path)


def in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Problems as they stand in the document, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=_place))


def _place(problem: Problem) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in problem.path)
