"""Whether only people or outside events can move a run: decided from its plan and its nodes' rows."""

from collections.abc import Iterable
from typing import Any, Protocol

from interpreter.plan.model import Plan, PlannedNode
from interpreter.state import FINAL_NODE

PEOPLE = ("human_gate", "event")


class Row(Protocol):
    """How one node stands; a row of the database is one."""

    def __getitem__(self, name: str, /) -> Any: ...


def is_blocked(plan: Plan, rows: Iterable[Row]) -> bool:
    """True if something waits for people or events, and nothing else runs or is about to be decided.

    A node is about to be decided when all that leads into it has ended; its row may not be written yet.
    """
    newest = {row["node"]: row for row in rows}
    waits = False
    for node in plan.nodes:
        row = newest.get(node.id)
        if row is None:
            if node.behaviour != "parallel" and is_due(plan, node, newest):
                return False
        elif row["status"] in FINAL_NODE:
            continue
        elif row["status"] == "held" or (row["status"] == "waiting" and row["type"] in PEOPLE):
            waits = True
        else:
            return False
    return waits


def is_due(plan: Plan, node: PlannedNode, newest: dict[str, Row]) -> bool:
    """Whether the rules will decide this node without anybody's help."""
    return all(is_over(plan, plan.edges[edge].source, newest) for edge in node.incoming)


def is_over(plan: Plan, index: int, newest: dict[str, Row]) -> bool:
    """Whether a node has ended. A `parallel` writes no row: it is over when what leads into it is."""
    node = plan.nodes[index]
    row = newest.get(node.id)
    if row is None and node.behaviour == "parallel":
        return all(is_over(plan, plan.edges[edge].source, newest) for edge in node.incoming)
    return row is not None and row["status"] in FINAL_NODE
