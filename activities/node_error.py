"""The error by which a node's function says how its attempt failed."""

from typing import Any

from interpreter.messages import ErrorCategory


class NodeError(Exception):
    """The attempt failed, and how: the shell turns it into the node's failure.

    `retry_after` are the seconds after which the next attempt may start, where the other side said so.
    """

    def __init__(
        self,
        type: str,  # noqa: A002
        message: str,
        *,
        category: ErrorCategory = "external",
        retryable: bool = False,
        details: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.type, self.message = type, message
        self.category: ErrorCategory = category
        self.retryable, self.details, self.retry_after = retryable, details or {}, retry_after
