"""What stands in the templates of a stored tool: which names they may read, and which secrets they do."""

import re
from collections.abc import Iterator
from typing import Any

from interpreter.expressions import (
    Expression,
    ExpressionProblem,
    check,
    parse,
    prepare_value,
    templates_in,
    walk,
)
from interpreter.expressions.tree import Macro, Member, Name
from interpreter.problems import PathPart, Problem

PLACEHOLDER = re.compile(r"\{([^{}/?#]*)\}")
"""The place of an argument in a URL's path."""
SECRETS = "secrets"

Path = tuple[PathPart, ...]


def argument(name: str) -> str:
    """The template that is an argument."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{{ args["{quoted}"] }}}}'


def placeholders(url: str) -> tuple[str, ...]:
    """The arguments that stand in a URL."""
    return tuple(PLACEHOLDER.findall(url))


def wrong_templates(value: Any, path: Path, allowed: frozenset[str]) -> Iterator[Problem]:
    """What is wrong with the templates in a value, which may read these names."""
    found: list[ExpressionProblem] = []
    prepared = prepare_value(value, problems=found)
    for each in found:
        yield Problem("invalid_expression", str(each), (*path, *each.path), fix=each.fix)
    for place, template in templates_in(prepared):
        for part in template.parts:
            if not isinstance(part, str):
                yield from _wrong_in(part, (*path, *place), allowed)


def wrong_expression(text: str, path: Path, allowed: frozenset[str]) -> Iterator[Problem]:
    """What is wrong with an expression, which may read these names."""
    try:
        tree = parse(text)
    except ExpressionProblem as problem:
        yield Problem("invalid_expression", str(problem), path, fix=problem.fix)
    else:
        yield from _wrong_in(tree, path, allowed)


def secrets_in(*values: Any) -> frozenset[str]:
    """The names of the secrets that the templates in these values read."""
    return frozenset(
        tree.field
        for value in values
        for _, template in templates_in(value)
        for part in template.parts
        if not isinstance(part, str)
        for tree in walk(part)
        if isinstance(tree, Member) and tree.of == Name(SECRETS, tree.of.at)
    )


def _wrong_in(tree: Expression, path: Path, allowed: frozenset[str]) -> Iterator[Problem]:
    for problem in check(tree):
        yield Problem("invalid_expression", str(problem), path, fix=problem.fix)
    parts = list(walk(tree))
    bound = {part.variable for part in parts if isinstance(part, Macro)}
    for part in parts:
        if isinstance(part, Name) and part.name not in allowed | bound:
            message = f"`{part.name}` is not known here; what stands here may read {', '.join(sorted(allowed))}."
            yield Problem("unknown_name", message, path)
    named = sum(isinstance(part, Name) and part.name == SECRETS for part in parts)
    if named > sum(
        isinstance(part, Member) and isinstance(part.of, Name) and part.of.name == SECRETS for part in parts
    ):
        yield Problem("secret_not_named", "A secret is read by its name.", path, fix="Write {{ secrets.NAME }}.")
