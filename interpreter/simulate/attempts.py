"""An activity on the virtual clock: its attempts, the waits between them, and its two limits."""

from dataclasses import dataclass, replace

from interpreter.messages import Failure
from interpreter.plan.model import Dispatch
from interpreter.simulate.script import Attempt


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an activity ended, after so many seconds and attempts."""

    attempt: Attempt
    number: int
    seconds: float


def play(dispatch: Dispatch, attempts: tuple[Attempt, ...]) -> Outcome:
    """What Temporal would make of these attempts."""
    clock, pause = 0.0, dispatch.initial_interval
    number = 0
    while True:
        number += 1
        attempt = _limited(attempts[min(number, len(attempts)) - 1], dispatch.start_to_close)
        clock += attempt.seconds
        limit = dispatch.schedule_to_close
        if limit is not None and clock > limit:
            return Outcome(Attempt(failure=_timeout("deadline", number)), number, limit)
        failure = attempt.failure
        if failure is None or number >= dispatch.max_attempts or not _is_retried(dispatch, failure):
            return Outcome(replace(attempt, failure=failure and replace(failure, attempt=number)), number, clock)
        clock += min(pause, dispatch.max_interval)
        pause *= dispatch.backoff_coefficient


def _limited(attempt: Attempt, limit: float) -> Attempt:
    if attempt.seconds <= limit:
        return attempt
    return Attempt(failure=_timeout("attempt", None), seconds=limit)


def _timeout(limit: str, number: int | None) -> Failure:
    details = {"limit": limit}
    return Failure("Timeout", f"the {limit} took too long", attempt=number, retryable=True, details=details)


def _is_retried(dispatch: Dispatch, failure: Failure) -> bool:
    return failure.retryable and failure.type not in dispatch.non_retryable_errors
