"""Every failure that Plait itself raises, on one screen.

PlaitError
  NotFound            -> 404
  Conflict            -> 409   (its `code` names which)
  Gone                -> 410
  Invalid             -> 422   (carries problems)
  Unavailable         -> 503   (Temporal or Postgres is away)
  NotReady            a process cannot start: one sentence and the mend

The API turns them into problem details in `api/http/errors.py`, the command line into a sentence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from interpreter.problems import Problem


class PlaitError(Exception):
    """Something is wrong, and the message says what and how to mend it.

    `facts` are added to a problem's body (`status`, `allowed_actions`); never data of users.
    """

    code = "internal"

    def __init__(self, message: str, *, code: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.facts: Mapping[str, Any] = facts


class NotFound(PlaitError):
    """There is no such thing, or it is not the caller's to see."""

    code = "not_found"


class Conflict(PlaitError):
    """What is asked contradicts how things are now."""

    code = "run_state_conflict"


class Gone(PlaitError):
    """It was there and is closed for good."""

    code = "gate_closed"


class Invalid(PlaitError):
    """The request is well formed but says something that cannot be."""

    code = "request_invalid"

    def __init__(
        self, message: str, *, code: str | None = None, problems: Sequence[Problem] = (), **facts: Any
    ) -> None:
        super().__init__(message, code=code, **facts)
        self.problems = tuple(problems)


class Unavailable(PlaitError):
    """A server that is needed does not answer; the same request may succeed later."""

    code = "store_unavailable"


class NotReady(PlaitError):
    """This process cannot start as things are."""

    code = "not_ready"
