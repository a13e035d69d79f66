"""What an expression says of the nodes it names: when it is true, and when all it reads is there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpreter.expressions import children, source_of
from interpreter.expressions.tree import (
    Binary,
    Coalesce,
    Conditional,
    Constant,
    Expression,
    Has,
    Index,
    ListLiteral,
    Member,
    Name,
    Unary,
)
from interpreter.plan.bdd import FALSE, TRUE
from interpreter.plan.sites import roots_of

if TYPE_CHECKING:
    from interpreter.plan.conditions import Conditions

STATUSES = frozenset({"completed", "failed", "skipped"})


@dataclass(frozen=True, slots=True)
class View:
    """Who reads: a node when it is decided, or `after` it has ended; None is the end of the `area`.

    `undoing` means that the node is undone: whether its output is known is open then. `trusted`,
    where it is set, are the nodes (as bits) whose end a stop of the run cannot have prevented; the
    others may have been cut off.
    """

    node: int | None
    area: int
    after: bool = False
    undoing: bool = False
    trusted: int | None = None


class Meaning:
    """Expressions as conditions, in one view. `optional` are the paths that need not be there."""

    def __init__(self, conditions: "Conditions", view: View, optional: frozenset[str] = frozenset()) -> None:
        self.conditions, self.view, self.optional = conditions, view, optional
        self.diagrams = conditions.diagrams

    def truth(self, expression: Expression) -> int:
        """When the expression is true. What cannot be seen through is a variable of its own."""
        match expression:
            case Constant(bool() as value):
                return TRUE if value else FALSE
            case Unary("!", operand):
                return self.truth(operand) ^ 1
            case Binary("&&", left, right):
                return self.diagrams.both(self.truth(left), self.truth(right))
            case Binary("||", left, right):
                return self.diagrams.either(self.truth(left), self.truth(right))
            case Conditional(test, then, otherwise):
                return self.diagrams.choose(self.truth(test), self.truth(then), self.truth(otherwise))
            case Binary("==", left, Constant(str() as value)) | Binary("==", Constant(str() as value), left):
                found = self._is(left, value)
                return self._unknown(expression) if found is None else found
            case Binary("!=", left, right):
                return self.truth(Binary("==", left, right, expression.at)) ^ 1
            case Binary("in", left, ListLiteral(items)) if items:
                return self.diagrams.any(self.truth(Binary("==", left, item, expression.at)) for item in items)
            case Has(path):
                return self._has(path)
        return self._unknown(expression)

    def available(self, expression: Expression) -> int:
        """When all is there that the expression needs to have a value."""
        d = self.diagrams
        match expression:
            case Binary("&&", left, right):
                return d.both(self.available(left), d.either(self.truth(left) ^ 1, self.available(right)))
            case Binary("||", left, right):
                return d.both(self.available(left), d.either(self.truth(left), self.available(right)))
            case Conditional(test, then, otherwise):
                either = d.choose(self.truth(test), self.available(then), self.available(otherwise))
                return d.both(self.available(test), either)
            case Coalesce(arguments):
                return d.any(self.available(argument) for argument in arguments)
            case Has():
                return TRUE
        reference = reference_of(expression)
        if reference:
            return self.present(*reference)
        parts = d.all(self.available(part) for part in children(expression))
        return d.both(parts, self.there(expression)) if self.is_optional(expression) else parts

    def is_optional(self, expression: Expression) -> bool:
        """Whether the schema of what it reads does not require this."""
        return (
            isinstance(expression, Member | Index) and source_of(expression) in self.optional
            if self.optional
            else False
        )

    def present(self, node: str, field: str) -> int:
        """When `nodes.<node>.<field>` is there."""
        index = self.conditions.draft.outline.index_of.get(node)
        if index is None:
            return TRUE
        here = self.conditions.nodes[index]
        match field:
            case "output" | "meta":
                return self._seen(index, self._completed(index))
            case "error":
                return self._seen(index, here.failed)
            case "input":
                return self._seen(index, here.run)
            case _:
                return self._known(index)

    def _completed(self, index: int) -> int:
        """When the node completed. One that is undone may also have done what it does without anybody knowing."""
        completed = self.conditions.nodes[index].completed
        if not self._is_undone(index):
            return completed
        name = self.conditions.draft.outline.nodes[index].id
        said = (f"the result of `{name}` is known", f"the result of `{name}` is unknown")
        return self.diagrams.both(completed, self.conditions.variable(("known", index), *said))

    def _is_undone(self, index: int) -> bool:
        return self.view.undoing and index == self.view.node

    def _known(self, index: int) -> int:
        outline, reader = self.conditions.draft.outline, self.view.node
        if self.view.after and index == reader:
            return TRUE
        if reader is None and outline.area_of[index] == self.view.area:
            return TRUE
        return self.conditions.known(outline.areas[self.view.area].owner if reader is None else reader, index)

    def _seen(self, index: int, condition: int) -> int:
        seen = self.diagrams.both(self._known(index), condition)
        if self.view.trusted is None or self.view.trusted >> index & 1:
            return seen
        name = self.conditions.draft.outline.nodes[index].id
        key = ("cut", index, condition)
        return self.diagrams.both(
            seen, self.conditions.variable(key, f"`{name}` has ended", f"the run is stopped before `{name}` ends")
        )

    def _is(self, left: Expression, value: str) -> int | None:
        """When a node's status or outcome is this; None if that is not what is compared."""
        match left:
            case Member(Member(Name("nodes"), node), "status") if value in STATUSES:
                found = self._status(node, value)
            case Member(Member(Name("nodes"), node), "outcome"):
                found = self._outcome(node, value)
            case _:
                return None
        return found

    def _status(self, node: str, value: str) -> int | None:
        index = self.conditions.draft.outline.index_of.get(node)
        if index is None:
            return None
        here = self.conditions.nodes[index]
        if value == "completed":
            return self._seen(index, self._completed(index))
        if self._is_undone(index):
            return None
        if value == "skipped":
            ended = self.diagrams.either(here.completed, here.failed)
            return self.diagrams.both(self._known(index), ended ^ 1) if self.view.trusted is None else None
        return self._seen(index, here.failed)

    def _outcome(self, node: str, value: str) -> int | None:
        index = self.conditions.draft.outline.index_of.get(node)
        if index is None or value in {"timeout", "skipped", "ended"}:
            return None
        here = self.conditions.nodes[index]
        if value == "error":
            return None if self._is_undone(index) else self._seen(index, here.failed)
        return self.diagrams.both(
            self._seen(index, here.outcomes.get(value, FALSE)),
            self._completed(index) if self._is_undone(index) else TRUE,
        )

    def _has(self, path: Expression) -> int:
        """A path is there if each part of it is."""
        found = TRUE
        while isinstance(path, Member | Index):
            reference = reference_of(path)
            if reference:
                return self.diagrams.both(found, self.present(*reference))
            found = self.diagrams.both(found, self.there(path))
            path = path.of
        return found

    def there(self, path: Expression) -> int:
        """When this part of a path is there, if all before it is."""
        return self._unknown(Has(path))

    def _unknown(self, expression: Expression) -> int:
        text = source_of(expression)
        return self.conditions.variable(
            ("text", text, *self._whose(expression)), f"`{text}` is true", f"`{text}` is false"
        )

    def _whose(self, expression: Expression) -> tuple[object, ...]:
        """What a text is about besides what it says: any other text reads the same everywhere.

        What arrived differs from node to node, and an item or a lap from body to body.
        """
        given = self.conditions.draft.outline.names_in[self.view.area]
        roots = roots_of(expression)
        bodies = sorted({given[name] for name in roots & given.keys()}) if given else ()
        return (self.view.node if "arrived" in roots else None, *bodies)


def reference_of(expression: Expression) -> tuple[str, str] | None:
    """`nodes.<id>.<field>` as the two names; None for any other expression."""
    match expression:
        case Member(Member(Name("nodes"), node), field):
            return node, field
    return None
