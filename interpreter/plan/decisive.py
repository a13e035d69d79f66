"""Which nodes decide something: all others run when they are joined, and then all that hangs on them does."""

from interpreter.plan.draft import Draft
from interpreter.plan.joins import RACES
from interpreter.plan.outline import BRANCHING, SUCCESS, mode_of


def on_error(draft: Draft, index: int) -> str:
    """What the node does with a failure that no error edge takes."""
    node, defaults = draft.outline.nodes[index], draft.outline.document.defaults
    is_task = draft.outline.behaviour(index) == "activity"
    return node.on_error or (is_task and defaults.on_error) or "fail"


def decisive_in(draft: Draft) -> list[bool]:
    """Whether each node does more than run when it is joined, and let all its edges be taken then."""
    outline = draft.outline
    found = [
        node.when is not None
        or outline.behaviour(index) in BRANCHING
        or mode_of(node) in RACES
        or on_error(draft, index) != "fail"
        for index, node in enumerate(outline.nodes)
    ]
    for edge, on, ends in zip(outline.edges, outline.on, outline.ends, strict=True):
        if ends and (edge.when is not None or on != SUCCESS or mode_of(outline.nodes[ends[1]]) in RACES):
            found[ends[0]] = True
    return found
