"""What a tool is given besides its arguments, and how it says what went wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from activities.tools.files import Files
from interpreter.messages import ErrorCategory


class Heartbeat(Protocol):
    """Says that the call is alive, and how far it is."""

    def __call__(self, progress: float | None = None, message: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Injected into a tool's parameter of this type.

    `idempotency_key` is the same for every attempt of one node run: hand it to the other side, and
    a repeated attempt has no second effect. `files` is the folder that workflows may read and write.
    `heartbeat(progress=0.4, message="page 4 of 10")` shows in the run while the tool works;
    `cancelled()` says that nobody waits for the result any more.
    """

    run_id: str
    path: str
    idempotency_key: str
    files: Files
    heartbeat: Heartbeat
    cancelled: Callable[[], bool]


class ToolError(Exception):
    """The call failed in a way that the tool knows.

    `type` is what `retry.non_retryable_errors` and expressions match. It is not retried unless
    `retryable` is set; `retry_after` are the seconds until the next attempt makes sense.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str = "ToolError",  # noqa: A002
        category: ErrorCategory = "external",
        retryable: bool = False,
        retry_after: float | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.type, self.message = type, message
        self.category: ErrorCategory = category
        self.retryable, self.retry_after, self.details = retryable, retry_after, details or {}
