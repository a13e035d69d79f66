"""How large an expression may be: its text, its nesting, and the chains in it."""

from interpreter.expressions.errors import ExpressionProblem
from interpreter.expressions.tree import Expression, children

BYTES = 4096
LEVELS = 32
LINKS = 128
"""A chain such as `a + b + c` is no nesting for people, but it is for whoever walks the tree."""

SPLIT = "Split it: let a transform compute a part of it."


def check_size(source: str, at: int) -> None:
    """Raise ExpressionProblem if the text is too long."""
    if len(source) > BYTES or len(source.encode(errors="replace")) > BYTES:
        raise too_long(at)


def too_long(at: int) -> ExpressionProblem:
    return ExpressionProblem(f"an expression has at most {BYTES // 1024} KiB", at, fix=SPLIT)


def check_level(level: int, at: int) -> None:
    """Raise ExpressionProblem if a part lies within too many others."""
    if level > LEVELS:
        raise ExpressionProblem(f"an expression nests at most {LEVELS} deep", at, fix=SPLIT)


def check_height(tree: Expression) -> None:
    """Raise ExpressionProblem if the tree is higher than those who walk it by recursion can take."""
    level = [tree]
    for _ in range(LINKS):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return
    raise ExpressionProblem(
        f"an expression chains at most {LINKS} operators or fields",
        level[0].at,
        fix="Use a list with `sum`, `join`, `all` or `exists`, or let a transform compute a part of it.",
    )
