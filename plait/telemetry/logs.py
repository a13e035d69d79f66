"""Logs of a process: one JSON object a line, with the run and the trace that it belongs to.

Values of users stay out of them. An exception is told by its type and where it happened; its
message is repeated only where Plait or the operating system wrote it.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import orjson
from opentelemetry import trace

from plait.clock import rfc3339
from plait.errors import PlaitError
from plait.settings import Settings

_bound: ContextVar[Mapping[str, Any]] = ContextVar("plait_log_context")

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


@contextmanager
def log_context(**fields: Any) -> Iterator[None]:
    """Every line that is logged inside carries these fields: ids, never values."""
    token = _bound.set({**_bound.get({}), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send everything that this process logs to standard error, in the configured form."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    logging.root.handlers = [handler]
    logging.root.setLevel(settings.log_level)
    for chatty in ("httpx2", "httpcore2", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for own_handlers in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own_handlers).handlers = []
        logging.getLogger(own_handlers).propagate = True


class JsonFormatter(logging.Formatter):
    """A line for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its context as one JSON object."""
        line = {
            "time": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **context_fields(),
        }
        if record.exc_info:
            line["exception"] = told(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextFormatter(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, message, and the context in brackets."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        context = " ".join(f"{name}={value}" for name, value in context_fields().items())
        line = f"{time} {record.levelname:<7} {record.name}: {record.getMessage()}{f' [{context}]' if context else ''}"
        return f"{line}\n{told(record.exc_info)}" if record.exc_info else line


def context_fields() -> dict[str, Any]:
    """What is bound here, and the ids of the current trace."""
    fields = dict(_bound.get({}))
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        fields |= {"trace_id": trace.format_trace_id(span.trace_id), "span_id": trace.format_span_id(span.span_id)}
    return fields


def told(exc_info: ExcInfo) -> str:
    """An exception with its causes, without messages that may hold a user's values."""
    parts: list[str] = []
    error = exc_info[1]
    while error is not None and len(parts) < 5:
        safe = isinstance(error, PlaitError | OSError)
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        frames = [
            f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        parts.append("\n".join([f"{kind}: {error}" if safe else kind, *frames[-20:]]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\ncaused by ".join(parts)
