"""What the function of one kind of operation is handed, and what it may answer besides a result."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.resources import Resources
from plait.auth import Actor, Caller
from plait.store.operations import Item


@dataclass(frozen=True, slots=True)
class Work:
    """An operation as it is carried out: what holds for each item, in whose name, and how many go side by side."""

    id: UUID
    arguments: dict[str, Any]
    caller: Caller
    at_once: int = 1

    @classmethod
    def of(cls, row: Any, *, open_mode: bool) -> "Work":
        """From the operation's row."""
        caller = Caller(Actor(**row["by"]), row["project"], frozenset(row["scopes"]), open_mode=open_mode)
        return cls(row["id"], row["arguments"], caller, row["at_once"])


class NotYet(Exception):
    """The item cannot be settled at the moment; it is tried again a little later."""


Perform = Callable[[Resources, Work, Item], Awaitable[Any]]
"""Does one item; what it returns (JSON) is the item's result. A PlaitError is the item's failure and stops no other.

It is called again for an item after a crash: what it does a second time must change nothing.
"""
