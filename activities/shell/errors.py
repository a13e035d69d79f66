"""From what a node's function raised to a failure, and from a failure to what Temporal is told."""

import asyncio
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from temporalio.exceptions import ApplicationError

from activities.kind import NodeError
from activities.shell.inputs import error_text
from activities.shell.masking import masked
from interpreter.expressions import ExpressionError
from interpreter.messages import Failure
from interpreter.plan.model import PlannedNode
from interpreter.values import canonical
from plait.errors import NotFound
from plait.store.payloads import ResultTooLarge

LIMIT = 4096
"""Bytes of an error that are kept: an error must not outgrow what it tells of."""


def failure_of(error: BaseException, node: PlannedNode, attempt: int, secrets: Any = ()) -> Failure:
    """Why the attempt failed, short enough for a history, without the value of any secret."""
    failure = replace(_failure(error), node=node.id, attempt=attempt)
    shown = replace(failure, message=masked(failure.message, secrets), details=masked(failure.details, secrets))
    return _cut(shown)


def failed_plainly(error: BaseException) -> dict[str, Any]:
    """Why a call failed that belongs to no node: `type`, `message`, `category`, `retryable`, `details`."""
    said = asdict(_cut(_failure(error)))
    return {name: said[name] for name in ("type", "message", "category", "retryable", "details")}


def to_raise(failure: Failure, *, final: bool = False, retry_after: float | None = None) -> ApplicationError:
    """The error that tells Temporal, and through it the workflow."""
    return ApplicationError(
        failure.message,
        asdict(failure),
        type=failure.type,
        non_retryable=final or not failure.retryable,
        next_retry_delay=timedelta(seconds=retry_after) if retry_after is not None else None,
    )


def _failure(error: BaseException) -> Failure:
    match error:
        case NodeError():
            return Failure(
                error.type, error.message, error.category, retryable=error.retryable, details=dict(error.details)
            )
        case ExpressionError():
            return Failure("ExpressionError", error_text(error), "input")
        case ResultTooLarge():
            return Failure("ResultTooLarge", str(error), "external")
        case NotFound():
            return Failure("NotFound", str(error), "platform")
        case asyncio.CancelledError():
            return Failure("Cancelled", "The attempt was cancelled.", "platform", retryable=True)
        case _:
            return Failure(type(error).__name__, str(error) or type(error).__name__, "external", retryable=True)


def _cut(failure: Failure) -> Failure:
    """Drop the details if they are large, and the end of the message if that is."""
    message = failure.message.encode("utf-8", "replace")
    if len(message) > LIMIT // 2:
        failure = replace(failure, message=message[: LIMIT // 2].decode("utf-8", "ignore") + "…")
    try:
        size = len(canonical(failure.details).encode())
    except (ValueError, TypeError):
        size = LIMIT
    if size > LIMIT // 2:
        failure = replace(failure, details={"cut": "the details were too large to keep"})
    return failure
