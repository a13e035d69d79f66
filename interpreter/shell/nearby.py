"""Short tools run in the worker that has the workflow: a local activity, which needs no queue and one event of history.

Only what its tool promises to be over within a second, and may be repeated: where the worker dies with the workflow task
open, Temporal has the task done again, and the tool with it.
"""

from collections import Counter
from dataclasses import dataclass

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, TimeoutError  # noqa: A004 - Temporal's

from interpreter.plan.model import PlannedNode

LONGEST = 1.0
"""Seconds that a tool may promise at most."""
ROOM = 1.0
"""Seconds of promises that one workflow task takes: signals wait for its end."""
GRACE = 1.0
"""Seconds beyond its promise that a call gets, for the rows around it and a machine that is busy."""
OVERRUNS = 2
"""So often a tool may break its promise in one execution; then it runs as any other."""
ONCE = RetryPolicy(maximum_attempts=1)
NOT_HERE = "NotHere"
"""What a worker of workflows alone says, which runs no tools."""


@dataclass(frozen=True, slots=True)
class Again:
    """How the node goes on as an ordinary activity: how many attempts were made, and the seconds until the next."""

    tried: int
    delay: float


class Nearby:
    """Says of one run which nodes run here, and what follows when one of them fails."""

    def __init__(self, *, allowed: bool) -> None:
        self._allowed = allowed
        self._overruns: Counter[str] = Counter()
        self._taken = (0, 0.0)

    def takes(self, node: PlannedNode, tried: int) -> bool:
        """Whether the node's first attempt runs here and now."""
        bound = self.bound_of(node)
        if not self._allowed or tried or bound is None:
            return False
        length, taken = workflow.info().get_current_history_length(), 0.0
        if self._taken[0] == length:
            taken = self._taken[1]
        if taken and taken + bound > ROOM:
            return False
        self._taken = (length, taken + bound)
        return True

    def bound_of(self, node: PlannedNode) -> float | None:
        """The seconds that the node promises, None where it may not run here."""
        tool, dispatch = node.tool, node.dispatch
        if tool is None or dispatch is None or tool.bound is None or not tool.idempotent or node.undo is not None:
            return None
        if tool.bound > min(LONGEST, dispatch.start_to_close) or self._overruns[tool.name] >= OVERRUNS:
            return None
        return tool.bound if dispatch.schedule_to_close is None else None

    def after(self, node: PlannedNode, error: ActivityError | ApplicationError | TimeoutError) -> Again | None:
        """What follows the failure; None where it is the node's."""
        tool, dispatch = node.tool, node.dispatch
        assert tool is not None, "only tools run here"
        assert dispatch is not None, "they are activities"
        if overran(error):
            self._overruns[tool.name] += 1
            return Again(tried=1, delay=0.0)
        cause = error.cause if isinstance(error, ActivityError) else error
        if not isinstance(cause, ApplicationError):
            return None
        if cause.type == NOT_HERE:
            self._allowed = False
            return Again(tried=0, delay=0.0)
        if cause.non_retryable or cause.type in dispatch.non_retryable_errors or dispatch.max_attempts == 1:
            return None
        pause = cause.next_retry_delay
        return Again(tried=1, delay=pause.total_seconds() if pause else dispatch.initial_interval)


def overran(error: ActivityError | ApplicationError | TimeoutError) -> bool:
    """Whether it took longer than it may here. The SDK gives an error now as it is, now as one of an activity."""
    if isinstance(error, ActivityError):
        return isinstance(error.cause, TimeoutError) or error.retry_state == RetryState.TIMEOUT
    return isinstance(error, TimeoutError)
