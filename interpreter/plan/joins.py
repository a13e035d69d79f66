"""Checks of joins that need nothing but the edges: `n`, fields that a mode does not have, error edges."""

from collections.abc import Iterator

from interpreter.document.model import Join
from interpreter.plan.draft import Draft
from interpreter.problems import Problem

ERRORS = frozenset({"error", "timeout"})
RACES = frozenset({"any", "quorum"})
EARLY = "Only a join of mode `any` or `quorum` runs before all its in-edges have settled."


def check_joins(draft: Draft) -> Iterator[Problem]:
    """What is wrong with `join` as it is written."""
    for index, node in enumerate(draft.outline.nodes):
        if node.join:
            yield from _check(draft, index, node.join)


def _check(draft: Draft, index: int, join: Join) -> Iterator[Problem]:
    incoming = draft.outline.incoming[index]
    if join.mode == "quorum" and join.n is None:
        yield draft.at_node("missing_field", index, "A quorum needs its number.", "Add `n`.", "join", "n")
    if join.mode != "quorum" and join.n is not None:
        yield draft.at_node(
            "unknown_field",
            index,
            f"`n` has no meaning for `{join.mode}`.",
            "Take it out, or use `mode: quorum`.",
            "join",
            "n",
        )
    if join.cancel_rest and join.mode not in RACES:
        yield draft.at_node("unknown_field", index, "`cancel_rest` has no meaning here.", EARLY, "join", "cancel_rest")
    if join.mode == "quorum" and join.n is not None and join.n > len(incoming):
        message = f"The join waits for {join.n} in-edges and has {len(incoming)}."
        yield draft.at_node("join_never_fires", index, message, "Lower `n` or add edges.", "join", "n")
    elif not incoming and join.mode != "settled":
        message = f"The node joins by `{join.mode}` and no edge leads to it."
        yield draft.at_node("join_never_fires", index, message, "Take `join` out, or add edges to the node.", "join")
    if join.mode == "all_failed":
        yield from (
            draft.at_edge(
                "join_never_fires",
                edge,
                "`all_failed` joins error edges, and this is none.",
                "Take `on` out or write `on: error`.",
                "on",
            )
            for edge in incoming
            if not draft.outline.on[edge] & ERRORS
        )
