"""Paths alone between braces, as most templates are: read by one pattern, several times faster than by the parser."""

import re

from interpreter.expressions.tree import Expression, Member, Name

KEYWORDS = {"true": True, "false": False, "null": None}
RESERVED = frozenset(
    "as break const continue else false for function if import in let loop namespace null package return true var void while".split()  # noqa: SIM905
)
"""Words of CEL that cannot be names, and hence not the id of a node."""

LONGEST = 200
PATH = re.compile(r"\{\{[ ]*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)[ ]*\}\}")


def path_at(text: str, start: int) -> tuple[Expression, int] | None:
    """The path between the braces that open at `start`, and where they end; None if something else is there."""
    found = PATH.match(text, start, start + LONGEST)
    if found is None:
        return None
    at = found.start(1)
    root, *fields = found[1].split(".")
    if root in KEYWORDS or root in RESERVED:
        return None
    tree: Expression = Name(root, at)
    at += len(root)
    for name in fields:
        tree = Member(tree, name, at + 1)
        at += 1 + len(name)
    return tree, found.end()
