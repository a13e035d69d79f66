"""What an expression reads, gathered in one walk for all who ask, or from its text where nobody evaluates it."""

import re
from collections.abc import Iterable, Iterator

from interpreter.expressions.tree import Expression, Macro, Member, Name, children
from interpreter.records import record


@record
class Reads:
    """The names in some expressions.

    `nodes` are the `nodes.<id>.<field>` in them, each as often as it stands there, `members` the
    fields that are read of other names (and of `nodes` where it stands otherwise), `roots` all names that something begins with or that a macro
    binds. `paths` means that nothing else is in them; `binds` that a macro gives a name a meaning of
    its own.
    """

    nodes: tuple[tuple[str, str], ...]
    members: tuple[tuple[str, str], ...]
    roots: frozenset[str]
    paths: bool
    binds: bool

    @property
    def ids(self) -> list[str]:
        """The nodes that are named."""
        return [node for node, _ in self.nodes]


def reads_of(expressions: Iterable[Expression]) -> Reads:
    """What these expressions read."""
    nodes: list[tuple[str, str]] = []
    members: list[tuple[str, str]] = []
    roots: set[str] = set()
    paths, binds = True, False
    waiting = list(expressions)
    while waiting:
        part = waiting.pop()
        field, above = "", ""
        while isinstance(part, Member):
            field, above, part = part.field, field, part.of
        if not isinstance(part, Name):
            waiting += children(part)
            paths = False
            binds = binds or isinstance(part, Macro)
            continue
        roots.add(part.name)
        if part.name == "nodes" and above:
            nodes.append((field, above))
        elif field or part.name == "nodes":
            members.append((part.name, field))
    return Reads(tuple(nodes), tuple(members), frozenset(roots), paths, binds)


SPACE = r"(?:[ \t\r\n\f]|//[^\n]*)*"
NAMED = re.compile(rf"(?<!\w)(?:nodes{SPACE}\.{SPACE}([a-z][a-z0-9_]*)|input(?!\w)|arrived(?!\w))")


def names_in(text: str) -> Iterator[tuple[str, str | None]]:
    """The names `nodes` (with the id), `input` and `arrived` in the expressions of a text that has some.

    It is quicker than to parse them, and may find what only looks like a name: in a literal, or in
    the text around.
    """
    for found in NAMED.finditer(text):
        yield ("nodes", found[1]) if found[1] else (found[0], None)
