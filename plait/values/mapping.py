"""Values with templates over what comes from outside, such as a schedule's time or a webhook's body.

What the templates give is data: nothing in it is ever read as a template again.
"""

from collections.abc import Collection, Iterator, Mapping

from interpreter.expressions import (
    Expression,
    ExpressionError,
    ExpressionProblem,
    Fuel,
    Scope,
    check,
    evaluate,
    parse,
    prepare_value,
    resolve_value,
    templates_in,
    walk,
)
from interpreter.expressions.tree import Macro, Name
from interpreter.problems import PathPart, Problem
from interpreter.values import Json
from plait.errors import Invalid

Path = tuple[PathPart, ...]


def problems_of_value(value: Json, names: Collection[str], path: Path) -> list[Problem]:
    """What is wrong with the templates in a value that stands at `path` and may read these names."""
    found: list[ExpressionProblem] = []
    prepared = prepare_value(value, problems=found)
    problems = [problem_of(each, (*path, *each.path)) for each in found]
    for inside, template in templates_in(prepared):
        for part in template.parts:
            if not isinstance(part, str):
                problems.extend(problems_in(part, names, (*path, *inside)))
    return problems


def problems_of_expression(
    source: str, names: Collection[str], path: Path, expected: str | None = None
) -> list[Problem]:
    """What is wrong with a bare expression that may read these names; `expected` is its type, such as `a boolean`."""
    try:
        return list(problems_in(parse(source), names, path, expected))
    except ExpressionProblem as problem:
        return [problem_of(problem, path)]


def problems_in(
    expression: Expression, names: Collection[str], path: Path, expected: str | None = None
) -> Iterator[Problem]:
    """Types that never fit, and names that are not known here."""
    yield from (problem_of(each, path) for each in check(expression, expected))
    parts = list(walk(expression))
    known = {*names, *(part.variable for part in parts if isinstance(part, Macro))}
    for part in parts:
        if isinstance(part, Name) and part.name not in known:
            message = f"there is no {part.name} here (at character {part.at + 1})"
            yield Problem("unknown_name", message, path, fix=f"Known are: {', '.join(sorted(names))}.")


def problem_of(problem: ExpressionProblem, path: Path) -> Problem:
    """As the API tells it."""
    return Problem("invalid_expression", str(problem), path, fix=problem.fix)


def made_of(value: Json, names: Mapping[str, Json], path: Path) -> Json:
    """The value with its templates resolved. Raises Invalid where one of them has none."""
    try:
        return resolve_value(prepare_value(value), Scope(names), Fuel())
    except ExpressionError as error:
        raise unresolved(error, path) from None


def value_of(source: str, names: Mapping[str, Json], path: Path) -> Json:
    """What a bare expression gives. Raises Invalid where it has no value."""
    try:
        return evaluate(parse(source), Scope(names), Fuel())
    except ExpressionError as error:
        raise unresolved(error, path) from None


def unresolved(error: ExpressionError, path: Path) -> Invalid:
    """Which expression has no value, and why; never with a value."""
    problem = Problem("expression_failed", str(error), (*path, *error.path))
    return Invalid(f"{problem.dotted}: {error}.", problems=[problem])
