"""Checks that whatever is read is there: readers' conditions against those of what they read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from interpreter.expressions import children, source_of
from interpreter.expressions.tree import Binary, Coalesce, Conditional, Expression, Has, Index, Member
from interpreter.plan.bdd import FALSE, TRUE
from interpreter.plan.conditions import Conditions
from interpreter.plan.decisive import decisive_in
from interpreter.plan.draft import Draft, listed
from interpreter.plan.entries import entries_of
from interpreter.plan.narrowing import Meaning, reference_of
from interpreter.plan.outline import mode_of
from interpreter.plan.sites import Path, Site
from interpreter.problems import Problem

MOST_PHRASES = 4
AROUND_THE_RUN = frozenset({"run", "slot"})
"""Roles of what is evaluated before the first node or after the last: nothing in the graph makes it absent."""


def check_presence(draft: Draft, optional: Mapping[Path, frozenset[str]]) -> Iterator[Problem]:
    """Nodes that nothing can reach, ends beside others, and readers of what may be absent.

    Where nothing is decided there is nothing to look at. `optional` are, for each site, the paths that their schema does not require.
    """
    decisive = decisive_in(draft)
    if not (optional or any(decisive) or _may_be_cut_off(draft)):
        return
    conditions = Conditions(draft, decisive)
    yield from _unreachable(draft, conditions)
    yield from _ends(draft, conditions)
    for site in draft.sites:
        if site.role not in AROUND_THE_RUN:
            yield from _site(draft, conditions, site, optional.get(site.path, frozenset()))


def _may_be_cut_off(draft: Draft) -> bool:
    """Whether something is read or ended though not all before it has: else, without decisions, all is there."""
    return any(
        node.compensate is not None or mode_of(node) == "always" or node.type == "end" for node in draft.outline.nodes
    )


def _unreachable(draft: Draft, conditions: Conditions) -> Iterator[Problem]:
    """Only where it begins: what stands behind such a node cannot be reached either."""
    for index, node in enumerate(draft.outline.nodes):
        here, incoming = conditions.nodes[index], draft.outline.incoming[index]
        alive = any(conditions.nodes[conditions.source(edge)].run != FALSE for edge in incoming)
        if here.joined == FALSE and alive:
            if here.reached != FALSE:
                message = f"The in-edges of `{node.id}` can never be taken together."
                yield draft.at_node(
                    "join_never_fires", index, message, "Join by `settled`, or change the edges.", "join"
                )
            else:
                message = f"`{node.id}` is never reached: no in-edge of it can be taken."
                yield draft.at_node(
                    "unreachable_node", index, message, "Change the outcomes of its in-edges, or take it out."
                )
        elif here.run == FALSE and here.joined != FALSE:
            message = f"`{node.id}` never runs: its `when` is always false."
            yield draft.at_node("unreachable_node", index, message, "Change its `when`, or take it out.", "when")


def _ends(draft: Draft, conditions: Conditions) -> Iterator[Problem]:
    """An `end` beside which others may be running must say that it stops them."""
    root = draft.outline.areas[0].nodes
    for index in root:
        node = draft.outline.nodes[index]
        if draft.outline.behaviour(index) != "end" or node.with_.get("cancel_rest") is True:
            continue
        for other in root:
            beside = draft.outline.nodes[other]
            related = (
                other == index or conditions.settled_before[index] >> other & 1 or draft.ancestors[other] >> index & 1
            )
            if related or mode_of(beside) == "always":
                continue
            if conditions.diagrams.meet(conditions.nodes[index].run, conditions.nodes[other].run) is not None:
                message = f"`{beside.id}` may be running when `{node.id}` ends the run."
                yield draft.at_node(
                    "missing_cancel_rest", index, message, "Add `cancel_rest: true`, or join first.", "with"
                )
                break


def _site(draft: Draft, conditions: Conditions, site: Site, optional: frozenset[str]) -> Iterator[Problem]:
    """What may be absent on the first way on which anything may be."""
    if not site.reads.nodes and not optional:
        return
    for entry in entries_of(conditions, site):
        meaning = Meaning(conditions, entry.view, optional)
        if not optional and all(meaning.present(*read) in (TRUE, entry.condition) for read in site.reads.nodes):
            continue
        reading = _Reading(conditions, meaning)
        for expression in site.expressions:
            reading.check(expression, entry.condition)
        if reading.absent:
            for text, message in reading.absent.items():
                yield draft.at_site("may_be_absent", site, message, _fix(text))
            return


def _fix(text: str) -> str:
    if text.startswith("coalesce("):
        return "Add a last argument that is always there."
    return f"Give a fallback, `coalesce({text}, …)`, or read it only where `has({text})`."


@dataclass(slots=True)
class _Reading:
    """The expressions of one site, read from left to right; `absent` says of what may be missing when."""

    conditions: Conditions
    meaning: Meaning
    absent: dict[str, str] = field(default_factory=dict)

    def check(self, expression: Expression, condition: int) -> None:
        d = self.conditions.diagrams
        match expression:
            case Binary("&&" | "||" as operator, left, right):
                self.check(left, condition)
                truth = self.meaning.truth(left)
                self.check(right, d.both(condition, truth if operator == "&&" else truth ^ 1))
            case Conditional(test, then, otherwise):
                self.check(test, condition)
                truth = self.meaning.truth(test)
                self.check(then, d.both(condition, truth))
                self.check(otherwise, d.both(condition, truth ^ 1))
            case Coalesce():
                self._demand(expression, condition, self.meaning.available(expression))
            case Has(path):
                self._check_keys(path, condition)
            case Member() if reference := reference_of(expression):
                self._demand(expression, condition, self.meaning.present(*reference))
            case _:
                for part in children(expression):
                    self.check(part, condition)
                if self.meaning.is_optional(expression):
                    self._demand(expression, condition, self.meaning.there(expression))

    def _check_keys(self, path: Expression, condition: int) -> None:
        """`has` absorbs the absence of its path, and of nothing else."""
        while isinstance(path, Member | Index):
            if isinstance(path, Index):
                self.check(path.key, condition)
            path = path.of

    def _demand(self, expression: Expression, condition: int, present: int) -> None:
        if present in (TRUE, condition):
            return
        witness = self.conditions.diagrams.meet(condition, present ^ 1)
        if witness is None:
            return
        text = source_of(expression)
        if text not in self.absent:
            self.absent[text] = self._message(expression, text, self._said(witness, condition, present))

    def _message(self, expression: Expression, text: str, said: str) -> str:
        if self.meaning.is_optional(expression):
            return f"`{text}` need not be there: its schema does not require it."
        return f"`{text}` {said}."

    def _said(self, witness: dict[int, bool], condition: int, present: int) -> str:
        """The witness in words, without what does not matter to it."""
        d = self.conditions.diagrams
        if d.meet(condition, present) is None:
            return "is never there"
        for variable in sorted(witness, reverse=True)[: 3 * MOST_PHRASES]:
            rest = {other: value for other, value in witness.items() if other != variable}
            if d.meet(condition, present, rest) is None:
                witness = rest
        phrases = [self._phrase(variable, witness[variable]) for variable in sorted(witness)]
        said = [phrase for phrase in phrases if phrase][:MOST_PHRASES]
        return f"is absent when {listed(said)}" if said else "may be absent: too many decisions bear on it"

    def _phrase(self, variable: int, value: bool) -> str:  # noqa: FBT001 - a variable is true or false
        phrases: Sequence[tuple[str, str]] = self.conditions.phrases
        return phrases[variable][0 if value else 1] if variable < len(phrases) else ""
