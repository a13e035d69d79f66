"""An HTTP answer as a node's output, or as its failure."""

from base64 import b64encode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx2
import orjson

from activities.http.message import place
from activities.kind import NodeError
from interpreter.values import Json
from plait.clock import now

MAX_BYTES = 16 * 1024 * 1024
"""What an answer may have after it was decompressed."""
PREVIEW_BYTES = 2048
LONGEST_RETRY_AFTER = 24 * 3600.0
RETRYABLE = frozenset({408, 425, 429})


async def read_answer(response: httpx2.Response, *, too_large: str = "ResponseTooLarge") -> Json:
    """`{status, headers, body}`. Raises NodeError when the body is too large, of this type."""
    body = await read_body(response, too_large=too_large)
    return {"status": response.status_code, "headers": _headers(response), "body": _parsed(response, body)}


async def read_body(response: httpx2.Response, *, too_large: str = "ResponseTooLarge") -> bytes:
    """All of the body. Raises NodeError when it is too large, of this type."""
    body, complete = await _read(response, MAX_BYTES)
    if not complete:
        message = f"{place(response.url)} answers with more than {MAX_BYTES // 1024 // 1024} MiB"
        raise NodeError(too_large, message)
    return body


async def failure_of(response: httpx2.Response, *, kind: str = "HttpStatus") -> NodeError:
    """What an answer with an unexpected status means, as a failure of this type: 4xx is final, but for those that ask to come back."""
    body, _ = await _read(response, PREVIEW_BYTES)
    status = response.status_code
    retryable = status in RETRYABLE or status >= 500
    return NodeError(
        kind,
        f"{response.request.method} {place(response.url)} answered {status}{_phrase(status)}",
        retryable=retryable,
        details={"status": status, "body": body.decode(errors="replace")},
        retry_after=retry_after(response.headers.get("retry-after"), now=now()) if retryable else None,
    )


def retry_after(header: str | None, *, now: datetime) -> float | None:
    """Seconds from a `Retry-After`, which is a number of them or a date; at most a day."""
    if header is None:
        return None
    if header.strip().isdecimal():
        seconds = float(header)
    else:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


async def _read(response: httpx2.Response, limit: int) -> tuple[bytes, bool]:
    """The first `limit` bytes after decompression, and whether those are all."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), False
    return bytes(body), True


def _parsed(response: httpx2.Response, body: bytes) -> Any:
    if not body:
        return None
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json" or media_type.endswith("+json"):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    try:
        return body.decode(response.charset_encoding or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return b64encode(body).decode()


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): ", ".join(response.headers.get_list(name)) for name in response.headers}


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
