"""What will be told to a simulated run, and when: a virtual clock's queue."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from interpreter.messages import (
    Event,
    EventRefused,
    GateOpened,
    NodeCompleted,
    NodeFailed,
    RegionOpened,
    TimerFired,
    Voted,
)

Stoppable = NodeCompleted | NodeFailed | TimerFired | GateOpened | Voted | RegionOpened | EventRefused
"""What is not told any more once its node was stopped."""


class Due(NamedTuple):
    """An event that will be told. Of one moment a vote comes before a timer, else what came up first."""

    at: float
    rank: int
    number: int
    event: Event


Chooser = Callable[[list[Due]], int]


@dataclass(slots=True)
class Agenda:
    """`choose` picks what happens next in place of what is due first: in a test anything.

    What is dropped stays in the heap until it comes up; `number` counts all that were added.
    """

    choose: Chooser | None = None
    number: int = 0
    _heap: list[Due] = field(default_factory=list)
    _of_node: dict[tuple[int, int], dict[int, Due]] = field(default_factory=dict)
    _dropped: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether anything will happen."""
        return len(self._heap) > len(self._dropped)

    def add(self, at: float, event: Event) -> None:
        """Have the event told at this time."""
        self.number += 1
        due = Due(at, isinstance(event, TimerFired), self.number, event)
        heappush(self._heap, due)
        if isinstance(event, Stoppable):
            self._of_node.setdefault((event.scope, event.node), {})[due.number] = due

    def take(self) -> Due:
        """The next thing that happens."""
        while (due := self._pop()).number in self._dropped:
            self._dropped.remove(due.number)
        if isinstance(due.event, Stoppable):
            self._of_node[due.event.scope, due.event.node].pop(due.number)
        return due

    def drop(self, scope: int, node: int, *, only_timers: bool = False) -> None:
        """What runs for the node is stopped: nothing of it will be told any more."""
        waiting = self._of_node.get((scope, node), {})
        for due in list(waiting.values()):
            if not only_timers or isinstance(due.event, TimerFired):
                del waiting[due.number]
                self._dropped.add(due.number)

    def _pop(self) -> Due:
        return heappop(self._heap) if self.choose is None else self._heap.pop(self.choose(self._heap))
