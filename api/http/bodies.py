r"""Bodies, read with limits before anything is made of them.

JSON is taken strictly: what Postgres or another parser would read otherwise (NaN, lone surrogates,
`\u0000`, a key twice) is refused here with a sentence, not three layers further down.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, NoReturn

from starlette.requests import Request

from api.http.errors import Refusal
from interpreter.problems import PathPart, Problem

MEBIBYTE = 1024 * 1024
BODY_LIMIT = MEBIBYTE
DOCUMENT_LIMIT = 4 * MEBIBYTE
DEPTH_LIMIT = 64
KEYS_LIMIT = 10_000


async def stream_body(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body's bytes as they come, refused as soon as they are known to be too many."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        message = "Send the body without Content-Encoding."
        raise Refusal("unsupported_media_type", message, headers={"Accept-Encoding": "identity"})
    declared = request.headers.get("content-length", "0")
    size = int(declared) if declared.isdecimal() else 0
    if size > limit:
        refuse_size(limit)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            refuse_size(limit)
        yield chunk


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The whole body, at most `limit` bytes."""
    if not hasattr(request, "_body"):
        request._body = b"".join([chunk async for chunk in stream_body(request, limit)])  # noqa: SLF001 - FastAPI reads it again
    return await request.body()


def refuse_size(limit: int) -> NoReturn:
    """Say how much would have been taken."""
    amount = f"{limit // MEBIBYTE} MiB" if limit >= MEBIBYTE else f"{limit} bytes"
    raise Refusal("too_large", f"The body is larger than {amount}, which is the limit here.", limit_bytes=limit)


def media_type_of(request: Request) -> str:
    """The body's media type in lower case, without parameters; empty when the header is missing."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_media_type(request: Request, *taken: str) -> str:
    """The body's media type, one of `taken`; a `+json` type counts as JSON."""
    found = media_type_of(request)
    if found.startswith("application/") and found.endswith("+json"):
        found = "application/json"
    if found not in taken:
        said = found or "a body without Content-Type"
        message = f"{said} is not taken here. Send `Content-Type: {taken[0]}`."
        raise Refusal("unsupported_media_type", message, headers={"Accept": ", ".join(taken)})
    return found


async def read_json(request: Request) -> Any:
    """The body as strict JSON; what FastAPI then parses is this."""
    body = await read_body(request)
    value = parse_json(body)
    request._json = value  # noqa: SLF001 - FastAPI reads it again
    return value


def parse_json(body: bytes) -> Any:
    """A JSON value, or a refusal that says where it goes wrong."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=read_object, parse_constant=refuse_constant)
    except UnicodeDecodeError as error:
        raise Refusal("malformed_json", f"The body is not UTF-8: byte {error.start} is wrong.") from None
    except json.JSONDecodeError as error:
        message = f"{error.msg} at line {error.lineno}, column {error.colno}."
        raise Refusal("malformed_json", message, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise Refusal("malformed_json", f"The JSON is nested deeper than {DEPTH_LIMIT} levels.") from None
    except ValueError:
        raise Refusal("malformed_json", "The JSON has a number with too many digits.") from None
    refuse_unstorable(value)
    return value


def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each key once."""
    found = dict(pairs)
    if len(pairs) > KEYS_LIMIT:
        raise Refusal("malformed_json", f"An object has more than {KEYS_LIMIT} keys.")
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise Refusal("malformed_json", f"The key {json.dumps(twice)[:80]} stands twice in one object.")
    return found


def refuse_constant(name: str) -> NoReturn:
    """JSON has neither NaN nor infinities."""
    raise Refusal("malformed_json", f"{name} is not a JSON value.")


def refuse_unstorable(root: Any) -> None:
    """Refuse what is JSON by the letter and still cannot be stored or sent on."""
    open_values: list[tuple[Any, tuple[PathPart, ...]]] = [(root, ())]
    while open_values:
        value, path = open_values.pop()
        if len(path) > DEPTH_LIMIT:
            raise Refusal("malformed_json", f"The JSON is nested deeper than {DEPTH_LIMIT} levels.")
        match value:
            case str():
                refuse_text(value, path)
            case float() if value in (float("inf"), float("-inf")):
                refuse_value(path, "number_too_large", "The number is too large.")
            case dict():
                for key, inner in value.items():
                    refuse_text(key, path)
                    open_values.append((inner, (*path, key)))
            case list():
                open_values.extend((inner, (*path, index)) for index, inner in enumerate(value))
            case _:
                pass


def refuse_text(text: str, path: tuple[PathPart, ...]) -> None:
    """Refuse text that Postgres or UTF-8 does not have."""
    if "\x00" in text:
        refuse_value(path, "nul_character", "The text has the character \\u0000, which cannot be stored.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        refuse_value(path, "lone_surrogate", "The text has half of a surrogate pair, which is no character.")


def refuse_value(path: tuple[PathPart, ...], code: str, message: str) -> NoReturn:
    """A value that cannot be, and where it stands. A wrong key may be in the path: it is not repeated."""
    clean = tuple(part if isinstance(part, int) or part.isprintable() else "?" for part in path)
    raise Refusal("request_invalid", message, problems=[Problem(code=code, message=message, path=clean)])
