"""Warnings: what is allowed and perhaps not meant. They stop nothing."""

from collections.abc import Iterator

from interpreter.plan.dispatch import may_repeat
from interpreter.plan.draft import Draft, listed
from interpreter.plan.joins import RACES
from interpreter.plan.outline import SUCCESS, mode_of
from interpreter.plan.sites import Path, tool_of
from interpreter.problems import Problem

MOST_NAMED = 5
MOST_LOOKED_AT = 200
NOT_IN_EFFECT_OF_A_GATE = frozenset({"escalate", "remind_after"})


def warnings_of(draft: Draft) -> Iterator[Problem]:
    """Guards that close more than their own node, results that nobody reads, losers that leave something behind,
    fields that do nothing yet.
    """
    yield from _without_effect(draft)
    yield from _closing_guards(draft)
    yield from _unread(draft)
    yield from _losers(draft)


def _without_effect(draft: Draft) -> Iterator[Problem]:
    """What is kept with the version, for later ones of the language, and does nothing yet."""
    document = draft.outline.document
    if document.expose.form:
        yield _no_effect(("expose", "form"), None)
    for index, node in enumerate(draft.outline.nodes):
        if draft.outline.behaviour(index) == "gate":
            path = draft.outline.node_path(index)
            for field in sorted(node.with_.keys() & NOT_IN_EFFECT_OF_A_GATE):
                yield _no_effect((*path, "with", field), node.id)


def _no_effect(path: Path, node: str | None) -> Problem:
    message = f"`{path[-1]}` is kept and has no effect in this version."
    return Problem("not_in_effect", message, path, node, "Do not rely on it yet.", severity="warning")


def _warning(draft: Draft, code: str, node: int, message: str, fix: str, field: str) -> Problem:
    found = draft.at_node(code, node, message, fix, field)
    return Problem(found.code, found.message, found.path, found.node, found.fix, severity="warning")


def _closing_guards(draft: Draft) -> Iterator[Problem]:
    """A node that is skipped takes only its `skipped` edges: what hangs on its success closes too."""
    outline = draft.outline
    for index, node in enumerate(outline.nodes):
        if node.when is None:
            continue
        closed = _closed_with(draft, index)
        if closed:
            names = [f"`{outline.nodes[one].id}`" for one in closed[:MOST_NAMED]]
            more = [*names, "others behind them"] if len(closed) > MOST_NAMED else names
            message = (
                f"When `{node.id}` is left out by its `when`, so {'is' if len(more) == 1 else 'are'} {listed(more)}."
            )
            fix = "If they should run all the same, write `on: [success, skipped]` on the edges behind it."
            yield _warning(draft, "when_closes_more", index, message, fix, "when")


def _closed_with(draft: Draft, start: int) -> list[int]:
    """Nodes all of whose in-edges die with this one, the nearest first: as many as are named, and one."""
    outline, closed = draft.outline, {start}
    waiting = [start]
    for node in waiting:
        for edge in outline.outgoing[node]:
            ends = outline.ends[edge]
            assert ends is not None
            target = ends[1]
            if target not in closed and _closes(draft, target, closed, start):
                closed.add(target)
                waiting.append(target)
        if len(waiting) > MOST_NAMED + 1:
            break
    return waiting[1:]


def _closes(draft: Draft, target: int, closed: set[int], start: int) -> bool:
    outline = draft.outline
    return all(
        (ends := outline.ends[edge]) is not None
        and ends[0] in closed
        and (ends[0] != start or outline.on[edge] == SUCCESS)
        for edge in outline.incoming[target]
    )


def _unread(draft: Draft) -> Iterator[Problem]:
    """Only nodes that do nothing but build a value: others have effects."""
    outline = draft.outline
    read = {name for site in draft.sites for name in site.reads.ids}
    for index, node in enumerate(outline.nodes):
        if outline.behaviour(index) != "transform" or node.id in read or not outline.outgoing[index]:
            continue
        if any(_takes_what_arrives(draft, ends[1]) for edge in outline.outgoing[index] if (ends := outline.ends[edge])):
            continue
        message = f"Nobody reads what `{node.id}` builds."
        yield _warning(
            draft, "unread_node", index, message, f"Read `nodes.{node.id}.output`, or take the node out.", "id"
        )


def _takes_what_arrives(draft: Draft, node: int) -> bool:
    return draft.outline.behaviour(node) == "join" or mode_of(draft.outline.nodes[node]) in RACES


def _losers(draft: Draft) -> Iterator[Problem]:
    """What a race cancels may have done something by then, and nothing takes that back."""
    outline = draft.outline
    told: set[int] = set()
    races = [
        (race, node)
        for race, node in enumerate(outline.nodes)
        if node.join is not None and node.join.cancel_rest and node.join.mode in RACES
    ]
    if not races or not any(_leaves_something(draft, index) for index in range(len(outline.nodes))):
        return
    for race, node in races:
        for loser in losers_of(draft, race):
            if loser not in told and _leaves_something(draft, loser):
                told.add(loser)
                name = outline.nodes[loser].id
                message = f"`{name}` may be cancelled when `{node.id}` is decided, and what it did by then stays."
                fix = "Add `compensate`, or take `cancel_rest` out of the join."
                yield _warning(draft, "loser_not_undone", loser, message, fix, "id")


def losers_of(draft: Draft, race: int) -> list[int]:
    """The nodes that the race may cancel: all their ways end in it, and enough of its in-edges are not behind them.

    The nearest first. Of very many races only what is near each of them is looked at.
    """
    outline = draft.outline
    join = outline.nodes[race].join
    needed = (join.n or 1) if join and join.mode == "quorum" else 1
    behind = [draft.ancestors[source] | 1 << source for source in _sources(draft, race)]
    ends_there = {race}
    found: list[int] = []
    waiting = [race]
    for node in waiting:
        if len(waiting) > MOST_LOOKED_AT:
            break
        for source in _sources(draft, node):
            if source not in ends_there and ends_there.issuperset(_targets(draft, source)):
                ends_there.add(source)
                waiting.append(source)
                if sum(not upstream >> source & 1 for upstream in behind) >= needed:
                    found.append(source)
    return found


def _sources(draft: Draft, node: int) -> list[int]:
    return [ends[0] for edge in draft.outline.incoming[node] if (ends := draft.outline.ends[edge])]


def _targets(draft: Draft, node: int) -> list[int]:
    return [ends[1] for edge in draft.outline.outgoing[node] if (ends := draft.outline.ends[edge])]


def _leaves_something(draft: Draft, index: int) -> bool:
    """Whether the node acts on the world in a way that may not be repeated, and cannot be undone."""
    node = draft.outline.nodes[index]
    if node.compensate is not None or mode_of(node) == "always":
        return False
    kind = draft.outline.kinds[index]
    if kind is None or kind.behaviour != "activity":
        return kind is not None and kind.behaviour == "subworkflow"
    return not may_repeat(node, kind, tool_of(node.type, node.with_, draft.catalogue))
