"""What a tool is given besides its arguments, and how it says what went wrong."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, Protocol

import httpx2

from activities.kind import NodeContext, NodeError
from activities.shell.log import Log
from activities.tools.files import Files
from interpreter.messages import ErrorCategory

Said = ParamSpec("Said")


class Heartbeat(Protocol):
    """Says that the call is alive, and how far it is."""

    def __call__(self, progress: float | None = None, message: str | None = None) -> None: ...


def from_any_thread(call: Callable[Said, None]) -> Callable[Said, None]:
    """What a heartbeat and a log touch belongs to the event loop, and `def` functions run beside it."""
    loop, own = asyncio.get_running_loop(), threading.get_ident()

    def say(*args: Said.args, **named: Said.kwargs) -> None:
        if threading.get_ident() == own:
            call(*args, **named)
        else:
            loop.call_soon_threadsafe(partial(call, *args, **named))

    return say


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Injected into a tool's parameter of this type.

    `environment` is the run's: `dev`, `prod`. `idempotency_key` is the same for every attempt of one node run: hand it to the other side, and
    a repeated attempt has no second effect. `files` is the folder that workflows may read and write.
    `http` is the client that `http_request` uses: it reaches public addresses and what the worker allows besides;
    for `async` tools. `heartbeat(progress=0.4, message="page 4 of 10")` shows in the run while the tool works;
    `log("page 4 is empty", level="warning")` stays in the run's log; `cancelled()` says that nobody
    waits for the result any more.
    """

    run_id: str
    path: str
    environment: str
    idempotency_key: str
    files: Files
    heartbeat: Heartbeat
    cancelled: Callable[[], bool]
    log: Log
    http: httpx2.AsyncClient


def given_to_users(context: NodeContext) -> dict[str, Any]:
    """What every function of users is given of a node's attempt: the fields of `ToolContext`."""
    return {
        "run_id": context.run_id,
        "path": context.path,
        "environment": context.task.environment,
        "idempotency_key": context.idempotency_key,
        "files": Files(context.services.files_dir),
        "heartbeat": from_any_thread(context.heartbeat),
        "log": from_any_thread(context.log),
        "cancelled": context.cancelled,
        "http": context.services.egress,
    }


class ToolError(NodeError):
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
        super().__init__(
            type, message, category=category, retryable=retryable, details=details, retry_after=retry_after
        )
