"""Facts: the parts of an expression that are computed where the value they read was produced.

The workflow holds no values. So in an expression that it evaluates, each largest part over exactly
one source (one node's output, error, input and meta, or the run's input) becomes a `Fact`; literals
and `vars` may be in it, and names that it binds itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from interpreter.expressions import children, rebuild, source_of, walk
from interpreter.expressions.tree import Constant, Expression, Fact, Macro, Member, Name
from interpreter.plan.model import INPUT, FactSpec

VALUES = frozenset({"output", "error", "input", "meta"})
"""What of a node is a value. Its status and its outcome the workflow holds itself."""


@dataclass(slots=True)
class Facts:
    """The facts of a plan, gathered while its expressions are put in place. Equal parts share one."""

    index_of: Mapping[str, int]
    found: list[FactSpec] = field(default_factory=list)
    _ids: dict[tuple[int, str], int] = field(default_factory=dict)

    def place(self, expression: Expression, *, required: bool = True) -> Expression:
        """The expression with its facts in place."""
        return self._place(expression, reads_in(expression, self.index_of), required=required)

    def _place(self, expression: Expression, reads_of: "Reads", *, required: bool) -> Expression:
        reads = reads_of[id(expression)]
        if not any(isinstance(read, int) for read in reads):
            return expression
        if len(reads) == 1:
            return self._fact(expression, next(read for read in reads if isinstance(read, int)), required=required)
        return rebuild(expression, lambda part: self._place(part, reads_of, required=required))

    def _fact(self, expression: Expression, source: int, *, required: bool) -> Fact:
        text = source_of(expression)
        known = self._ids.get((source, text))
        if known is None:
            known = self._ids[source, text] = len(self.found)
            self.found.append(FactSpec(known, source, expression, text, required))
        elif required and not self.found[known].required:
            self.found[known] = replace(self.found[known], required=True)
        return Fact(known, expression, expression.at)

    def by_source(self) -> dict[int, tuple[FactSpec, ...]]:
        """The facts found, by the node (or `INPUT`) whose value they read."""
        found: dict[int, list[FactSpec]] = {}
        for fact in self.found:
            found.setdefault(fact.source, []).append(fact)
        return {source: tuple(facts) for source, facts in found.items()}


Reads = dict[int, frozenset[int | str]]
"""What each part of an expression reads, by the identity of the part."""


def reads_in(expression: Expression, index_of: Mapping[str, int]) -> Reads:
    """What the expression and its parts read: a number for each source of values, text for anything else.

    `vars` counts as nothing: constants of the document are at hand wherever a fact is computed.
    """
    found: Reads = {}

    def reads_of(part: Expression) -> frozenset[int | str]:
        match part:
            case Member(Member(Name("nodes"), node), value) if value in VALUES and node in index_of:
                reads = frozenset({index_of[node]})
            case Member(of):
                reads = reads_of(of)
            case Name(name):
                reads = OF_ROOT[name] if name in OF_ROOT else frozenset({name})
            case Constant():
                reads = NOTHING
            case Macro(over=over, variable=variable):
                inside = [reads_of(child) - {variable} for child in children(part) if child is not over]
                reads = reads_of(over).union(*inside)
            case _:
                reads = NOTHING.union(*map(reads_of, children(part)))
        found[id(part)] = reads
        return reads

    reads_of(expression)
    return found


NOTHING: frozenset[int | str] = frozenset()
OF_ROOT: dict[str, frozenset[int | str]] = {"vars": NOTHING, "input": frozenset({INPUT})}


def facts_in(expression: Expression) -> tuple[int, ...]:
    """The facts that were put in place in the expression."""
    return tuple(sorted({part.id for part in walk(expression) if isinstance(part, Fact)}))
