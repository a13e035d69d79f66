"""From what Temporal raises to what the rules understand."""

from typing import Any

from temporalio.exceptions import ActivityError, ApplicationError, RetryState, TimeoutError, TimeoutType  # noqa: A004
from temporalio.exceptions import CancelledError as TemporalCancelled

from interpreter.messages import Failure
from interpreter.plan.model import Dispatch, PlannedNode
from interpreter.shell.wire import BUDGET_MET, RUN_CANCELLED

MESSAGE_LIMIT = 4096
"""Characters of an error's message that are kept: an error must never outgrow a history event."""


UNKNOWN = frozenset({"Timeout", "WorkerLost", "Cancelled"})
"""Failures after which nobody knows what the last attempt did."""


def failure_of(error: ActivityError | ApplicationError, node: PlannedNode, dispatch: Dispatch | None = None) -> Failure:
    """Why the last attempt, or the node as a whole, failed. `dispatch` is the node's own if not said."""
    cause, dispatch = error.cause if isinstance(error, ActivityError) else error, dispatch or node.dispatch
    if isinstance(error, ActivityError) and error.retry_state == RetryState.TIMEOUT:
        return _timeout(node, dispatch, "deadline")
    if isinstance(cause, TimeoutError):
        return _timed_out(cause, node, dispatch)
    if isinstance(cause, ApplicationError):
        return _application(cause, node)
    if isinstance(cause, TemporalCancelled):
        message = "Somebody cancelled the node's activity in Temporal."
        return Failure(type="Cancelled", message=message, category="platform", node=node.id)
    return Failure(type="PlatformError", message=_cut(str(cause or error)), category="platform", node=node.id)


def is_unknown(failure: Failure) -> bool:
    """True if nobody knows whether the attempt took effect."""
    return failure.type in UNKNOWN


def was_cancelled(error: BaseException | None) -> bool:
    """True if the activity ended because it was asked to stop."""
    return isinstance(error, TemporalCancelled) or (
        isinstance(error, ActivityError) and isinstance(error.cause, TemporalCancelled)
    )


def was_refused(error: ActivityError | ApplicationError) -> bool:
    """True if the activity did not start because the run is to be cancelled."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return isinstance(cause, ApplicationError) and cause.type == RUN_CANCELLED


def shortage(error: ActivityError | ApplicationError) -> tuple[int, dict[str, Any]] | None:
    """The attempts that were made before the one that found no money, and the limit that it met, if that is what
    is told.
    """
    cause = error.cause if isinstance(error, ActivityError) else error
    if not isinstance(cause, ApplicationError) or cause.type != BUDGET_MET:
        return None
    told: Any = cause.details[1]
    return told["tried"], told["over"]


def _application(cause: ApplicationError, node: PlannedNode) -> Failure:
    """The failure that our own activities send along, or the best that can be said of another error."""
    told: Any = cause.details[0] if cause.details else None
    if isinstance(told, dict) and "type" in told and "message" in told:
        return Failure(**{key: told[key] for key in Failure.__dataclass_fields__ if key in told})
    return Failure(type=cause.type or "PlatformError", message=_cut(cause.message), category="platform", node=node.id)


def _timed_out(cause: TimeoutError, node: PlannedNode, dispatch: Dispatch | None) -> Failure:
    match cause.type:
        case TimeoutType.HEARTBEAT:
            message = "The worker that ran the node stopped answering; whether the attempt took effect is not known."
            return Failure(type="WorkerLost", message=message, category="platform", node=node.id, retryable=True)
        case TimeoutType.SCHEDULE_TO_CLOSE | TimeoutType.SCHEDULE_TO_START:
            return _timeout(node, dispatch, "deadline")
        case _:
            return _timeout(node, dispatch, "attempt")


def _timeout(node: PlannedNode, dispatch: Dispatch | None, limit: str) -> Failure:
    seconds = (dispatch.schedule_to_close if limit == "deadline" else dispatch.start_to_close) if dispatch else None
    what = "The node as a whole" if limit == "deadline" else "An attempt"
    took = f"{seconds:g} s" if seconds is not None else "it may"
    return Failure(
        type="Timeout",
        message=f"{what} took longer than {took}.",
        node=node.id,
        retryable=limit == "attempt",
        details={"limit": limit, "seconds": seconds},
    )


def _cut(message: str) -> str:
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"
