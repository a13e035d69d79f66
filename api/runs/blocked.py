"""Whether only people or outside events can move a run: decided from its plan and its nodes' rows."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from interpreter.plan.model import Plan, PlannedNode, Region
from interpreter.rules.repeats import open_at_once
from interpreter.state import FINAL_NODE

PEOPLE = ("human_gate", "event")
REPEATING = ("map", "loop")


class Row(Protocol):
    """How one node stands; a row of the database is one."""

    def __getitem__(self, name: str, /) -> Any: ...


def is_blocked(plan: Plan, rows: Iterable[Row]) -> bool:
    """True if something waits for people or events, and nothing else runs or is about to be decided.

    A node is about to be decided when all that leads into it has ended; its row may not be written yet.
    A map or a loop is blocked when all of its items or laps that have begun and not ended are.
    """
    newest = {row["path"]: row for row in rows}
    instances: defaultdict[str, set[str]] = defaultdict(set)
    for path in newest:
        for found in INSTANCE.finditer(path):
            instances[path[: found.start()]].add(path[: found.end()])
    return _Looking(plan, newest, instances).is_blocked(plan, "")


INSTANCE = re.compile(r"[.~]\d+(?=\.|$)")
"""The item or lap in a path."""


@dataclass(frozen=True, slots=True)
class _Looking:
    """The newest rows by path, and the items and laps that have any, by the path of their map or loop."""

    plan: Plan
    newest: Mapping[str, Row]
    instances: Mapping[str, set[str]]

    def is_blocked(self, region: Region, before: str) -> bool:
        """Whether only people can move this instance of a region."""
        waits = False
        for node in region.nodes:
            row = self.newest.get(f"{before}{node.id}")
            if row is None:
                if node.behaviour != "parallel" and self.is_due(region, node, before):
                    return False
            elif row["status"] in FINAL_NODE:
                continue
            elif (
                row["status"] == "held"
                or (row["status"] == "waiting" and row["type"] in PEOPLE)
                or (node.behaviour == "agent" and self.is_agent_blocked(f"{before}{node.id}"))
                or (node.behaviour in REPEATING and self.is_body_blocked(node, f"{before}{node.id}"))
            ):
                waits = True
            else:
                return False
        return waits

    def is_body_blocked(self, node: PlannedNode, path: str) -> bool:
        """Whether only people can move what is open of a map or a loop."""
        assert node.body is not None
        known = self.instances.get(path, set())
        begun = [one for one in known if not self.has_ended(one)]
        items = self.newest[path]["items"]
        # More items will begin, of which no row tells yet.
        if items is not None and len(known) < min(items, len(known) - len(begun) + open_at_once(node)):
            return False
        return bool(begun) and all(self.is_blocked(self.plan.region(node.body), f"{one}.") for one in begun)

    def is_agent_blocked(self, path: str) -> bool:
        """Whether all that is open in an agent's turns waits for people; agents that it calls are open around that."""
        inside = [row for below, row in self.newest.items() if below.startswith(f"{path}.turn~")]
        open_now = [row for row in inside if row["status"] not in FINAL_NODE and row["type"] != "agent_call"]
        return bool(open_now) and all(row["status"] == "waiting" for row in open_now)

    def has_ended(self, path: str) -> bool:
        row = self.newest.get(path)
        return row is not None and row["status"] in FINAL_NODE

    def is_due(self, region: Region, node: PlannedNode, before: str) -> bool:
        """Whether the rules will decide this node without anybody's help."""
        return all(self.is_over(region, region.edges[edge].source, before) for edge in node.incoming)

    def is_over(self, region: Region, index: int, before: str) -> bool:
        """Whether a node has ended. A `parallel` writes no row: it is over when what leads into it is."""
        node = region.nodes[index]
        path = f"{before}{node.id}"
        if path not in self.newest and node.behaviour == "parallel":
            return all(self.is_over(region, region.edges[edge].source, before) for edge in node.incoming)
        return self.has_ended(path)
