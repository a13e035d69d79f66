"""Checks of edges against the outcomes that their sources have, and of both ways round for cases."""

from collections.abc import Iterator

from interpreter.catalogue import NodeType
from interpreter.document.model import Node
from interpreter.plan.draft import Draft, did_you_mean, listed
from interpreter.plan.outline import BRANCHING, SUCCESS, mode_of, outcomes_of
from interpreter.problems import Problem

EVERY = ("error", "timeout", "skipped", "ended")
"""Outcomes that every node has."""

SPOKEN = BRANCHING | {"end"}
"""What a node behaves like of which there is something to say even where its edges say nothing."""


def check_outcomes(draft: Draft) -> Iterator[Problem]:
    """An outcome the node does not have, a case without an edge, `on` missing after a decision."""
    for index, (node, kind) in enumerate(zip(draft.outline.nodes, draft.outline.kinds, strict=True)):
        if kind is None:
            continue
        if kind.behaviour not in SPOKEN and not any(
            draft.outline.edges[edge].on for edge in draft.outline.outgoing[index]
        ):
            continue
        yield from _edges_of(draft, index, kind, outcomes_of(node, kind))
        if not draft.outline.is_chained(index) or kind.behaviour == "gate":
            yield from _without_edge(draft, index, node, kind)
        elif kind.behaviour == "condition":
            message = f"`{node.id}` is a condition, and a chain has no branches."
            yield draft.at_node("condition_in_chain", index, message, "Write `nodes` and `edges` in place of `chain`.")


def _edges_of(draft: Draft, index: int, kind: NodeType, own: tuple[str, ...]) -> Iterator[Problem]:
    outline = draft.outline
    for edge in outline.outgoing[index] if not outline.is_chained(index) else ():
        said = outline.edges[edge].on
        ends = outline.ends[edge]
        assert ends is not None
        waits = mode_of(outline.nodes[ends[1]]) != "always"
        if kind.behaviour == "end" and waits and outline.on[edge] == SUCCESS:
            message = f"`{outline.edges[edge].from_}` ends the run: nothing follows it but `always` nodes."
            yield draft.at_edge("edge_after_end", edge, message, "Take the edge out, or end the run further on.")
        if said is None:
            if kind.behaviour in BRANCHING and waits:
                message = f"The edge from `{outline.edges[edge].from_}` to `{outline.edges[edge].to}` does not say for which outcome."
                yield draft.at_edge(
                    "missing_on", edge, message, f"Add `on:` with {listed(own) if own else 'a case'}.", "on"
                )
            continue
        for at, outcome in enumerate(said):
            if outcome not in own and outcome not in EVERY:
                message = f"`{outline.edges[edge].from_}` has no outcome `{outcome}`."
                otherwise = f"It has {listed(own + EVERY)}."
                fix = did_you_mean(outcome, own + EVERY, otherwise)
                yield draft.at_edge("unknown_outcome", edge, message, fix, "on", *((at,) if len(said) > 1 else ()))


def _without_edge(draft: Draft, index: int, node: Node, kind: NodeType) -> Iterator[Problem]:
    """Each case, and each outcome of a gate's own, needs an edge."""
    followed = {outcome for edge in draft.outline.outgoing[index] for outcome in draft.outline.on[edge]}
    for outcome in outcomes_of(node, kind):
        if outcome in kind.outcomes or outcome in followed:
            continue
        fix = f"Add an edge from `{node.id}` with `on: {outcome}`."
        if draft.outline.is_chained(index):
            fix = "Write `nodes` and `edges` in place of `chain`."
        if kind.behaviour == "condition":
            message = f"No edge leads on from `{node.id}` when it is `{outcome}`."
            yield draft.at_node("case_without_edge", index, message, fix, "with")
        else:
            message = f"No edge leads on from `{node.id}` when people decide `{outcome}`."
            yield draft.at_node("outcome_without_edge", index, message, fix, "with", "outcomes")
