"""Parameters that a person gives a node: held to what a document may say at its place.

Pure, so that it can run in a process aside.
"""

import json
from collections.abc import Iterator
from typing import Any

from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.expressions import ExpressionError
from interpreter.plan.compile import compile_document
from interpreter.plan.model import PlannedNode
from interpreter.problems import PathPart, Problem

ONLY = {"map": frozenset({"items"}), "loop": frozenset({"initial"})}
"""What of a map and a loop is evaluated anew; the rest is the version's."""
NEVER = frozenset({"tool"})
"""What the version has settled besides the value: whose schema, limits and retries count."""
TAKES: frozenset[str] = frozenset({"activity", "subworkflow", "agent", "map", "loop"})


def fixed(node: PlannedNode, given: dict[str, Any]) -> Iterator[Problem]:
    """The parameters that cannot be given to one run of the node alone."""
    if node.behaviour not in TAKES:
        message = f"A {node.kind.name} is evaluated by the run itself, from its version."
        yield Problem("wrong_parameter", message, ("with",), node.id, "Migrate the run to a version that says it.")
        return
    for name in given:
        if name in NEVER or (node.behaviour in ONLY and name not in ONLY[node.behaviour]):
            message = f"`{name}` of a {node.kind.name} cannot change in a run."
            fix = "Migrate the run to a version that says it, or take it out."
            yield Problem("wrong_parameter", message, ("with", name), node.id, fix)


def check_parameters(definition: str, node: str, given: dict[str, Any]) -> tuple[Problem, ...]:
    """What a compiler says of the version with these parameters; paths of theirs begin with `with`."""
    stored = json.loads(definition)
    path, said = next(_find(stored["document"], node, ()))
    said["with"] = {**said.get("with", {}), **given}
    try:
        document = Document.model_validate(stored["document"])
        found = compile_document(document, Catalogue.model_validate(stored["catalogue"])).problems
    except (ValueError, ExpressionError) as error:
        return (Problem("wrong_parameter", str(error), ("with",), node),)
    return tuple(_placed(problem, path) for problem in found)


def _find(part: Any, node: str, path: tuple[PathPart, ...]) -> Iterator[tuple[tuple[PathPart, ...], dict[str, Any]]]:
    """The node of this id, wherever it stands, with its path."""
    if not isinstance(part, dict):
        return
    for name in ("nodes", "chain"):
        listed = part.get(name)
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            if each["id"] == node:
                yield (*path, name, index), each
            yield from _find(each.get("with"), node, (*path, name, index, "with"))


def _placed(problem: Problem, node: tuple[PathPart, ...]) -> Problem:
    """A problem of what was given, by its place in the request."""
    inside = problem.path[: len(node)] == node
    return Problem(
        problem.code,
        problem.message,
        problem.path[len(node) :] if inside else ("with",),
        problem.node,
        problem.fix,
    )
