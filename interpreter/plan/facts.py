"""Facts: the parts of an expression that are computed where the value they read was produced.

The workflow holds no values. So in an expression that it evaluates, each largest part over exactly
one source (one node's output, error, input and meta; the run's input, an item, what the lap before
gave) becomes a `Fact`; literals and `vars` may be in it, and names that it binds itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from interpreter.expressions import children, rebuild, source_of, walk
from interpreter.expressions.tree import Constant, Expression, Fact, Macro, Member, Name
from interpreter.plan.model import FactSpec

VALUES = frozenset({"output", "error", "input", "meta"})
"""What of a node is a value. Its status and its outcome the workflow holds itself."""


Source = tuple[int, int]
"""The region of a source, and the node's index there or `INPUT`."""


@dataclass(slots=True)
class Facts:
    """The facts of a plan, gathered while its expressions are put in place. Equal parts share one.

    `given` are, for each region, the names there of what it and those around it are given.
    """

    places: Mapping[str, Source]
    given: Sequence[Mapping[str, Source]]
    found: list[FactSpec] = field(default_factory=list)
    _ids: dict[tuple[Source, str], int] = field(default_factory=dict)

    def place(self, expression: Expression, region: int, *, required: bool = True) -> Expression:
        """The expression, which stands in this region, with its facts in place."""
        return self._place(expression, reads_in(expression, self.places, self.given[region]), required=required)

    def _place(self, expression: Expression, reads_of: "Reads", *, required: bool) -> Expression:
        reads = reads_of[id(expression)]
        if all(isinstance(read, str) for read in reads):
            return expression
        if len(reads) == 1:
            return self._fact(expression, next(read for read in reads if not isinstance(read, str)), required=required)
        return rebuild(expression, lambda part: self._place(part, reads_of, required=required))

    def _fact(self, expression: Expression, source: Source, *, required: bool) -> Fact:
        text = source_of(expression)
        known = self._ids.get((source, text))
        if known is None:
            known = self._ids[source, text] = len(self.found)
            self.found.append(FactSpec(known, *source, expression, text, required))
        elif required and not self.found[known].required:
            self.found[known] = replace(self.found[known], required=True)
        return Fact(known, expression, expression.at)

    def by_source(self) -> dict[Source, tuple[FactSpec, ...]]:
        """The facts found, by what they read."""
        found: dict[Source, list[FactSpec]] = {}
        for fact in self.found:
            found.setdefault((fact.region, fact.source), []).append(fact)
        return {source: tuple(facts) for source, facts in found.items()}


Reads = dict[int, frozenset[Source | str]]
"""What each part of an expression reads, by the identity of the part."""


def reads_in(expression: Expression, places: Mapping[str, Source], given: Mapping[str, Source]) -> Reads:
    """What the expression and its parts read: a pair for each source of values, text for anything else.

    `vars` counts as nothing: constants of the document are at hand wherever a fact is computed.
    """
    found: Reads = {}

    def reads_of(part: Expression) -> frozenset[Source | str]:
        match part:
            case Member(Member(Name("nodes"), node), value) if value in VALUES and node in places:
                reads: frozenset[Source | str] = frozenset({places[node]})
            case Member(of):
                reads = reads_of(of)
            case Name("vars"):
                reads = NOTHING
            case Name(name):
                reads = frozenset({given.get(name, name)})
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


NOTHING: frozenset[Source | str] = frozenset()


def facts_in(expression: Expression) -> tuple[int, ...]:
    """The facts that were put in place in the expression."""
    return tuple(sorted({part.id for part in walk(expression) if isinstance(part, Fact)}))
