"""When each node runs, completes, fails and is skipped: conditions over a document's decisions.

In a body they are those of one item or lap: they begin where the node that repeats it runs.

The variables are cases, outcomes of gates, guards (equal text is one variable), failures that the
document handles, and who comes first at a join that does not wait for all. A run whose region has
failed needs no condition, since nothing of it runs any more; `always` nodes, which do, are looked at
by `presence`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from interpreter.plan.bdd import FALSE, TRUE, Diagrams
from interpreter.plan.decisive import on_error
from interpreter.plan.draft import Draft
from interpreter.plan.joins import ERRORS, RACES
from interpreter.plan.narrowing import Meaning, View
from interpreter.plan.outline import BRANCHING, mode_of, outcomes_of

LEAST_BUDGET = 10_000
MOST_COUNTED = 100_000
"""In-edges times those that are needed: for more, what a race waits for is a fresh variable."""


@dataclass(slots=True)
class NodeConditions:
    """The conditions of one node.

    `reached` means that at least one in-edge was taken, `failed` that the node failed and the
    region lives on, `passed_over` that it did and no error edge took it, `stuck` that a race before
    it lost and so the region failed before it could be decided.
    """

    reached: int = FALSE
    joined: int = FALSE
    run: int = FALSE
    completed: int = FALSE
    failed: int = FALSE
    passed_over: int = FALSE
    stuck: int = FALSE
    outcomes: dict[str, int] = field(default_factory=dict)


class Conditions:
    """The conditions of all nodes, and what was certainly settled when a node was decided."""

    def __init__(self, draft: Draft, decisive: Sequence[bool]) -> None:
        self.draft = draft
        self.diagrams = Diagrams(max(LEAST_BUDGET, 2 * len(draft.outline.nodes)))
        self.phrases: list[tuple[str, str]] = []
        self.nodes = [NodeConditions() for _ in draft.outline.nodes]
        self.taken = [FALSE] * len(draft.outline.edges)
        self.settled_before = [0] * len(draft.outline.nodes)
        self._variables: dict[tuple[object, ...], int] = {}
        self._arrivals: dict[int, list[int]] = {}
        self._known: dict[tuple[int, int], int] = {}
        self.racing = any(mode_of(node) in RACES for node in draft.outline.nodes)
        self.decisive = decisive
        for node in draft.order:
            self._settle_before(node)
            self._decide(node)

    def variable(self, key: tuple[object, ...], yes: str, no: str) -> int:
        """The variable of a decision, with how people say that it is true and false."""
        if key not in self._variables:
            self._variables[key] = self.diagrams.fresh()
            self.phrases += [("", "")] * (self.diagrams.variables - 1 - len(self.phrases))
            self.phrases.append((yes, no))
        return self._variables[key]

    def source(self, edge: int) -> int:
        """The node that an edge comes from."""
        ends = self.draft.outline.ends[edge]
        assert ends is not None
        return ends[0]

    def meaning(self, node: int, *, after: bool = False) -> Meaning:
        """What expressions say to a node when it is decided, or after it has ended."""
        return Meaning(self, View(node, self.draft.outline.area_of[node], after=after))

    def is_race(self, node: int) -> bool:
        """Whether the node may run before all its in-edges have settled."""
        return mode_of(self.draft.outline.nodes[node]) in RACES

    def known(self, reader: int | None, node: int) -> int:
        """When the node had settled at the moment at which the reader was decided.

        What is outside of the reader's body had if it had when the body's node was decided. What no
        body around it holds is a problem of its own.
        """
        area_of = self.draft.outline.area_of
        while reader is not None and area_of[reader] != area_of[node]:
            reader = self.draft.outline.owner_of(reader)
        if reader is None:
            return TRUE
        if self.settled_before[reader] >> node & 1:
            return TRUE
        if (reader, node) not in self._known:
            self._find_known(reader, node)
        return self._known.get((reader, node), FALSE)

    def _find_known(self, reader: int, node: int) -> None:
        """Forward from the node to the reader, through joins that wait and joins that do not."""
        upstream = self.draft.ancestors[reader] | 1 << reader
        for between in self.draft.order:
            if upstream >> between & 1 and self.draft.ancestors[between] >> node & 1:
                self._known[between, node] = self._known_at(between, node)

    def _known_at(self, reader: int, node: int) -> int:
        if self.settled_before[reader] >> node & 1:
            return TRUE
        incoming = self.draft.outline.incoming[reader]
        sources = [self.source(edge) for edge in incoming]
        known = [TRUE if source == node else self._known.get((source, node), FALSE) for source in sources]
        if not self.is_race(reader):
            return self.diagrams.any(known)
        # One that was skipped had waited for all.
        seen = map(self.diagrams.both, self.arrivals(reader), known)
        return self.diagrams.any((self.nodes[reader].joined ^ 1, *seen))

    def arrivals(self, node: int) -> list[int]:
        """For each in-edge of a race, when it was among the first that were taken: as few as suffice."""
        if node not in self._arrivals:
            self._arrivals[node] = self._find_arrivals(node)
        return self._arrivals[node]

    def _find_arrivals(self, node: int) -> list[int]:
        d, incoming, needed = self.diagrams, self.draft.outline.incoming[node], self._needed(node)
        taken = [self.taken[edge] for edge in incoming]
        firsts = [self._comes_first(edge) for edge in incoming]
        if len(taken) * needed > MOST_COUNTED:
            return list(map(d.both, taken, firsts))
        rests = list(d.counts(reversed(taken[1:]), needed))[::-1]
        chosen = [TRUE] + [FALSE] * needed
        found: list[int] = []
        for at, (early, rest) in enumerate(zip(firsts, rests, strict=True)):
            picks = [
                d.all((chosen[count], taken[at], d.either(early, rest[needed - count] ^ 1))) for count in range(needed)
            ]
            found.append(d.any(picks))
            for count in range(needed, 0, -1):
                chosen[count] = d.either(
                    d.both(chosen[count], picks[count] ^ 1) if count < needed else chosen[count], picks[count - 1]
                )
            chosen[0] = d.both(chosen[0], picks[0] ^ 1)
        return found

    def _comes_first(self, edge: int) -> int:
        source = self.draft.outline.nodes[self.source(edge)].id
        return self.variable(("first", edge), f"`{source}` comes first", f"`{source}` does not come first")

    def _needed(self, node: int) -> int:
        join = self.draft.outline.nodes[node].join
        assert join is not None
        return (join.n or 1) if join.mode == "quorum" else 1

    def _settle_before(self, node: int) -> None:
        """All upstream for a join that waits for all; for a race only what is so for each in-edge."""
        sets = [
            self.settled_before[source] | 1 << source for source in map(self.source, self.draft.outline.incoming[node])
        ]
        found = sets[0] if sets else 0
        for one in sets[1:]:
            found = found & one if self.is_race(node) else found | one
        self.settled_before[node] = found

    def _decide(self, index: int) -> None:
        stuck = self._join(index)
        if self.decisive[index]:
            self._decide_for_itself(index, stuck)
            return
        here = self.nodes[index]
        here.run = here.completed = here.joined
        here.stuck = stuck
        skipped = self.diagrams.both(here.reached, here.completed ^ 1)
        here.outcomes = {"success": here.completed, "skipped": skipped, "ended": here.completed}
        for edge in self.draft.outline.outgoing[index]:
            self.taken[edge] = here.completed

    def _join(self, index: int) -> int:
        """When the node is reached and joined; given back is when a race before it was lost."""
        d, outline, here = self.diagrams, self.draft.outline, self.nodes[index]
        incoming, mode = outline.incoming[index], mode_of(outline.nodes[index])
        taken = [self.taken[edge] for edge in incoming]
        here.reached = d.any(taken) if incoming else TRUE
        match mode if incoming else "settled":
            case "all" | "all_failed":
                here.joined = d.all(taken)
            case "quorum":
                here.joined = self._enough(taken, self._needed(index))
            case _:
                here.joined = here.reached
        stuck = d.any(self.nodes[self.source(edge)].stuck for edge in incoming) if self.racing else FALSE
        if stuck != FALSE:
            if mode in RACES:
                stuck = d.both(stuck, here.joined ^ 1)
            here.joined, here.reached = d.both(here.joined, stuck ^ 1), d.both(here.reached, stuck ^ 1)
        return stuck

    def _enough(self, taken: list[int], needed: int) -> int:
        """When so many are taken."""
        if len(taken) * needed > MOST_COUNTED:
            return self.diagrams.both(self.diagrams.any(taken), self.diagrams.fresh())
        *_, found = self.diagrams.counts(taken, needed)
        return found[-1]

    def _decide_for_itself(self, index: int, stuck: int) -> None:
        """A node with a guard, outcomes or edges of its own kind."""
        d, node, here = self.diagrams, self.draft.outline.nodes[index], self.nodes[index]
        when = self.draft.sites.nodes[index].when
        guard = self.meaning(index).truth(when.expressions[0]) if when else TRUE
        here.run = d.both(here.joined, guard)
        # What its error edges ask of the node itself, they ask of one that failed.
        here.failed = TRUE
        errors, fails = self._failures(index)
        lost = self._lost(index)
        survives = errors or fails != FALSE
        here.failed = d.either(d.both(here.joined, fails), lost if survives else FALSE)
        here.stuck = stuck if survives else d.either(stuck, lost)
        here.passed_over = d.both(here.failed, d.any(errors.values()) ^ 1)
        by_hand = FALSE
        if on_error(self.draft, index) == "hold":
            by_hand = self.variable(
                ("hand", index), f"`{node.id}` is skipped by hand", f"`{node.id}` is not skipped by hand"
            )
        here.completed = d.all((here.run, fails ^ 1, by_hand ^ 1))
        skipped = d.all((here.reached, here.failed ^ 1, here.completed ^ 1))
        here.outcomes = {
            **self._own_outcomes(index, here.completed),
            "skipped": skipped,
            "ended": d.either(here.completed, here.failed),
        }
        goes_on = FALSE
        if on_error(self.draft, index) == "continue":
            # A guard that failed is not covered by it; a race that was lost is.
            goes_on = d.both(here.passed_over, d.either(here.run, lost))
        self._settle_edges(index, errors, goes_on)

    def _failures(self, index: int) -> tuple[dict[int, int], int]:
        """When each error edge is taken if the node fails, and when it fails and the region lives on.

        A guard that fails is a failure of the node, and not covered by `on_error: continue`.
        """
        d, outline, node = self.diagrams, self.draft.outline, self.draft.outline.nodes[index]
        edges = [edge for edge in outline.outgoing[index] if outline.on[edge] & ERRORS]
        survives = self.nodes[index].run if on_error(self.draft, index) == "continue" else FALSE
        if any(
            self.is_race(ends[1])
            for edge in outline.outgoing[index]
            if (ends := outline.ends[edge]) and outline.on[edge] & {"success", "approved"}
        ):
            survives = TRUE
        if not edges and survives == FALSE:
            return {}, FALSE
        fails = self.variable(("fails", index), f"`{node.id}` fails", f"`{node.id}` does not fail")
        late = FALSE
        if any("timeout" in outline.on[edge] for edge in edges):
            late = self.variable(("late", index), f"`{node.id}` times out", f"`{node.id}` does not time out")
        by_timeout = {edge: d.both(late, self._guard(edge)) for edge in edges if "timeout" in outline.on[edge]}
        otherwise = d.any(by_timeout.values()) ^ 1
        errors = dict(by_timeout)
        for edge in edges:
            if "error" in outline.on[edge]:
                errors[edge] = d.either(errors.get(edge, FALSE), d.both(otherwise, self._guard(edge)))
        return errors, d.both(fails, d.either(survives, d.any(errors.values())))

    def _lost(self, index: int) -> int:
        """When a race fails by itself: a failure was passed on to it, and no in-edge was taken."""
        if not self.is_race(index):
            return FALSE
        incoming = self.draft.outline.incoming[index]
        passed_on = (
            self.nodes[self.source(edge)].passed_over for edge in incoming if "success" in self.draft.outline.on[edge]
        )
        return self.diagrams.both(self.diagrams.any(passed_on), self.nodes[index].joined ^ 1)

    def _guard(self, edge: int) -> int:
        site = self.draft.sites.edges[edge]
        return self.meaning(self.source(edge), after=True).truth(site.expressions[0]) if site else TRUE

    def _own_outcomes(self, index: int, completed: int) -> dict[str, int]:
        """The outcomes of a node that completed. One that nothing follows would be a failure."""
        outline = self.draft.outline
        node, kind = outline.nodes[index], outline.kinds[index]
        if kind is not None and kind.behaviour == "loop":
            return self._exhausted(index, completed)
        if kind is None or kind.behaviour not in BRANCHING:
            return {"success": completed}
        if kind.behaviour == "condition":
            tests = self._cases(index)
        else:
            followed = self._followed(index)
            names = [name for name in outcomes_of(node, kind) if name == "approved" or name in followed]
            tests = [
                (name, self.variable(("outcome", index, name), f"{node.id} = {name}", _other(node.id, name, names)))
                for name in names[:-1]
            ] + [(names[-1], TRUE)]
        return self._first_true(completed, tests)

    def _followed(self, index: int) -> set[str]:
        outline = self.draft.outline
        return {outcome for edge in outline.outgoing[index] for outcome in outline.on[edge]}

    def _exhausted(self, index: int, completed: int) -> dict[str, int]:
        """A loop that ran out of laps has completed if an edge follows that, and else failed."""
        if "exhausted" not in self._followed(index):
            return {"success": completed}
        name = self.draft.outline.nodes[index].id
        said = (f"{name} = exhausted", f"{name} = success")
        return self._first_true(
            completed, [("exhausted", self.variable(("outcome", index, "exhausted"), *said)), ("success", TRUE)]
        )

    def _cases(self, index: int) -> list[tuple[str, int]]:
        """The cases in turn; the last outcome is what is left. That none is true would be a failure."""
        node, cases = self.draft.outline.nodes[index], self.draft.sites.nodes[index].cases
        default = node.with_.get("default")
        names = [name for name, _ in cases] + ([default] if isinstance(default, str) else [])
        found: list[tuple[str, int]] = []
        for name, site in cases[: len(names) - 1]:
            before = self.diagrams.variables
            truth = self.meaning(index).truth(site.expressions[0])
            if self.diagrams.variables == before + 1 and self.diagrams.is_variable(truth):
                self.phrases[before] = (f"{node.id} = {name}", _other(node.id, name, names))
            found.append((name, truth))
        return [*found, *((name, TRUE) for name in names[-1:])]

    def _first_true(self, base: int, tests: Sequence[tuple[str, int]]) -> dict[str, int]:
        found: dict[str, int] = {}
        for name, test in tests:
            found[name] = self.diagrams.either(found.get(name, FALSE), self.diagrams.both(base, test))
            base = self.diagrams.both(base, test ^ 1)
        return found

    def _settle_edges(self, index: int, errors: dict[int, int], goes_on: int) -> None:
        d, outline, here = self.diagrams, self.draft.outline, self.nodes[index]
        for edge in outline.outgoing[index]:
            ends = outline.ends[edge]
            assert ends is not None
            taken = d.any(here.outcomes.get(outcome, FALSE) for outcome in sorted(outline.on[edge] - ERRORS))
            if goes_on != FALSE and "success" in outline.on[edge] and not self.is_race(ends[1]):
                taken = d.either(taken, goes_on)
            taken = d.both(taken, self._guard(edge))
            self.taken[edge] = d.either(taken, d.both(here.failed, errors[edge])) if edge in errors else taken


def _other(node: str, name: str, names: list[str]) -> str:
    return f"{node} = {names[1]}" if len(names) == 2 else f"{node} is not {name}"
