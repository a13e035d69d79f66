"""What documents are compiled against here: Plait's own node types, and what workers published."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from activities.catalogue import NODE_TYPES
from interpreter.catalogue import Catalogue
from interpreter.problems import Problem
from interpreter.values import digest
from plait.clock import now
from plait.store import catalogue as store
from plait.store.runs import Database


@dataclass(frozen=True, slots=True)
class Offer:
    """A catalogue at one moment, with the tools that a live worker offers."""

    catalogue: Catalogue
    running: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """Differs where the catalogue does."""
        return digest(self.catalogue.model_dump_json())

    def not_running(self, document: dict[str, Any]) -> tuple[Problem, ...]:
        """A warning for each node whose tool is known, and which no live worker offers at the moment."""
        return tuple(
            Problem(
                code="tool_not_running",
                message=f"No worker that is running now offers the tool {tool}; the node waits until one does.",
                path=path,
                node=node,
                fix="Start a worker with the module of this tool.",
                severity="warning",
            )
            for node, tool, path in calls_in(document)
            if tool in self.catalogue.tools and tool not in self.running
        )


async def read_offer(db: Database) -> Offer:
    """What may be named now."""
    published = await store.read_catalogue(db)
    known = Catalogue(node_types={**published.node_types, **NODE_TYPES}, tools=published.tools)
    return Offer(known, await store.read_running_tools(db, now=now()))


def calls_in(document: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """The tools that a document's nodes call: node, tool, and where that stands."""
    part = "chain" if document.get("chain") is not None else "nodes"
    for index, node in enumerate(document.get(part, [])):
        if node["type"] == "tool_call":
            yield node["id"], str(node.get("with", {}).get("tool")), (part, index, "with", "tool")
