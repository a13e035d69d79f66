"""A problem as it stands in a body: one entry of `errors`, `problems` or `warnings`."""

from typing import Any

from interpreter.problems import Problem


def problem_json(problem: Problem) -> dict[str, Any]:
    """The entry; what is not known is null."""
    return {
        "code": problem.code,
        "path": problem.dotted or None,
        "pointer": problem.pointer if problem.path else None,
        "node": problem.node,
        "message": problem.message,
        "fix": problem.fix,
        "line": problem.line,
        "column": problem.column,
    }
