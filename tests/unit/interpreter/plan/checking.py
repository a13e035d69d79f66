"""What the tests of the compiler share: a document in, its problems as codes and places out."""

import json
from typing import Any

from interpreter.catalogue import Catalogue
from interpreter.plan.compile import Compiled, compile_document
from interpreter.problems import Problem
from tests.support.documents import CATALOGUE, a_document, a_document_json


def compiled(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **top: Any) -> Compiled:
    return compile_document(a_document(graph, nodes=nodes, **top), CATALOGUE)


def problems(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **top: Any) -> list[tuple[str, str]]:
    """Code and place of each problem."""
    return [(one.code, one.dotted) for one in compiled(graph, nodes=nodes, **top).problems]


def the_problem(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **top: Any) -> Problem:
    """The one problem of a document that has only that; it says how to mend it."""
    (found,) = compiled(graph, nodes=nodes, **top).problems
    assert found.message
    assert found.fix
    return found


def calls(**args: Any) -> dict[str, Any]:
    """A call of the tool `work` with these arguments."""
    return {"with": {"tool": "work", "args": args}}


def asks(*names: str, default: str | None = None, when: str = "input.kind == '{}'") -> dict[str, Any]:
    """A condition with these cases."""
    cases = [{"name": name, "when": when.format(name)} for name in names]
    return {"type": "condition", "with": {"cases": cases, **({"default": default} if default else {})}}


def gate(**said: Any) -> dict[str, Any]:
    return {"type": "human_gate", "with": {"title": "Sign off", "approvers": ["group:legal"], **said}}


def transform(value: Any) -> dict[str, Any]:
    return {"type": "transform", "with": {"value": value}}


def body(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """A graph as the `nodes` and `edges` of a body."""
    drawn = a_document_json(graph, nodes=nodes)
    return {"nodes": drawn["nodes"], "edges": drawn["edges"]}


def a_map(
    graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, called: str | None = None, **said: Any
) -> dict[str, Any]:
    """A map over the rows of the input; `called` is its `as`."""
    items = {"items": "input.rows", **({"as": called} if called else {})}
    return {"type": "map", "with": {**items, **body(graph, nodes=nodes), **said}}


def a_loop(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **said: Any) -> dict[str, Any]:
    """A loop of at most three laps."""
    laps = {"max_iterations": 3, "until": "lap == 2", "output": 1}
    return {"type": "loop", "with": {**laps, **body(graph, nodes=nodes), **said}}


def catalogue_in(definition: str) -> Catalogue:
    """The part of the catalogue that a definition holds: without descriptions."""
    return Catalogue.model_validate(json.loads(definition)["catalogue"])


def reading(expression: str) -> dict[str, Any]:
    """A call with this expression as its argument."""
    return calls(x=f"{{{{ {expression} }}}}")
