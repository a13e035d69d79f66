"""What the tests of the compiler share: a document in, its problems as codes and places out."""

from typing import Any

from interpreter.plan.compile import Compiled, compile_document
from interpreter.problems import Problem
from tests.support.documents import CATALOGUE, a_document


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
