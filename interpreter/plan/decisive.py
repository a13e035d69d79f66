"""Which nodes decide something: all others run when they are joined, and then all that hangs on them does."""

from interpreter.plan.draft import Draft
from interpreter.plan.joins import RACES
from interpreter.plan.outline import BRANCHING, SUCCESS


def on_error(draft: Draft, index: int) -> str:
    """What the node does with a failure that no error edge takes."""
    node, defaults = draft.outline.nodes[index], draft.outline.document.defaults
    is_task = draft.outline.behaviour(index) == "activity"
    return node.on_error or (is_task and defaults.on_error) or "fail"


def decisive_in(draft: Draft) -> list[bool]:
    """Whether each node does more than run when it is joined, and let all its edges be taken then."""
    outline, lenient = draft.outline, draft.outline.document.defaults.on_error is not None
    races = [node.join is not None and node.join.mode in RACES for node in outline.nodes]
    found = [
        node.when is not None
        or races[index]
        or outline.behaviour(index) in BRANCHING
        or ((lenient or node.on_error is not None) and on_error(draft, index) != "fail")
        for index, node in enumerate(outline.nodes)
    ]
    for edge, on, ends in zip(outline.edges, outline.on, outline.ends, strict=True):
        if ends and (edge.when is not None or on != SUCCESS or races[ends[1]]):
            found[ends[0]] = True
    return found
