"""Asking for what lies outside the workflow and is quick: rows to write or to read."""

from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError  # noqa: A004 - Temporal's

Answer = TypeVar("Answer")

LOCAL_LIMIT = timedelta(seconds=2)
"""A local activity holds the workflow task open, so it gets little time, and one try."""
LIMIT = timedelta(seconds=30)
LONG = timedelta(minutes=10)
"""What takes longer says every now and then that it is still at it."""
HEARTBEAT = timedelta(seconds=30)
PATIENCE = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5))
"""Without end: what has to be written is written once Postgres is back."""


async def ask(activity: str, argument: Any, answer: type[Answer], *, summary: str | None = None) -> Answer:
    """Run a quick activity here and now; if that fails, as an ordinary one until it succeeds.

    Raises ApplicationError where the activity says that asking again is of no use.
    """
    try:
        return await workflow.execute_local_activity(
            activity,
            argument,
            result_type=answer,
            schedule_to_close_timeout=LOCAL_LIMIT,
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary=summary,
        )
    except (ActivityError, ApplicationError, TimeoutError) as error:
        # The SDK gives a timeout now as it is, now wrapped as one of an activity.
        failure = error.cause if isinstance(error, ActivityError) else error
        if isinstance(failure, ApplicationError) and failure.non_retryable:
            raise failure from error
        if not isinstance(failure, ApplicationError | TimeoutError):
            raise
    return await _patiently(activity, argument, answer, LIMIT, None, summary)


async def ask_at_length(activity: str, argument: Any, answer: type[Answer], *, summary: str | None = None) -> Answer:
    """Run what is not quick as an ordinary activity until it succeeds; raises as `ask` does."""
    return await _patiently(activity, argument, answer, LONG, HEARTBEAT, summary)


async def _patiently(
    activity: str,
    argument: Any,
    answer: type[Answer],
    limit: timedelta,
    heartbeat: timedelta | None,
    summary: str | None,
) -> Answer:
    try:
        return await workflow.execute_activity(
            activity,
            argument,
            result_type=answer,
            start_to_close_timeout=limit,
            heartbeat_timeout=heartbeat,
            retry_policy=PATIENCE,
            summary=summary,
        )
    except ActivityError as error:
        if isinstance(error.cause, ApplicationError):
            raise error.cause from error
        raise
