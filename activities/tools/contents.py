"""The body of a stored tool's request where it is no JSON: a form, a text, a file of the folder of workflows."""

import asyncio
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, assert_never
from urllib.parse import unquote

from activities.kind import NodeError
from activities.tools.files import MAX_BYTES, FileRefused, Files
from interpreter.values import Json
from plait.tools.model import Content, FormField
from plait.tools.styles import in_query, text_of

Part = tuple[str, tuple[str | None, bytes, str | None]]
"""Of a multipart form: name, and file name, bytes, media type."""
FIELD = FormField(style="each")
"""How a field is written of which nothing is said."""


async def content_of(content: Content | None, value: Json, files: Files) -> dict[str, Any]:
    """The body as `build_request` takes it; nothing for null. Raises NodeError (`FileRefused`)."""
    if content is None or value is None:
        return {}
    match content.kind:
        case "form":
            pairs = [pair for name, each in _fields(value) for pair in in_query(name, each, _field(content, name))]
            return {"body": "&".join(pairs), "media_type": content.media_type}
        case "multipart":
            return {"parts": await _parts(content, value, files)}
        case "text":
            return {"body": text_of(value), "media_type": content.media_type}
        case "file":
            return {"body": await _bytes_of(files, text_of(value), MAX_BYTES), "media_type": content.media_type}
        case _:
            assert_never(content.kind)


async def _parts(content: Content, value: Json, files: Files) -> list[Part]:
    """The parts of a form, its files read; all of them together are no larger than one file may be."""
    parts: list[Part] = []
    left = MAX_BYTES
    for name, each in _fields(value):
        field = _field(content, name)
        if not field.file:
            parts.extend(_texts(name, each, field))
            continue
        for file in each if isinstance(each, list) else [] if each is None else [each]:
            data = await _bytes_of(files, text_of(file), left)
            left -= len(data)
            parts.append((name, (PurePosixPath(text_of(file)).name, data, field.media_type)))
    return parts


def _texts(name: str, value: Json, field: FormField) -> Iterator[Part]:
    """A field that is no file: its members in parts of their own, those that are objects as JSON."""
    if field.style != "each":
        for pair in in_query(name, value, field):
            key, _, text = pair.partition("=")
            yield unquote(key), (None, unquote(text).encode(), field.media_type)
        return
    for each in value if isinstance(value, list) else [value]:
        if each is not None:
            media_type = field.media_type or ("application/json" if isinstance(each, list | dict) else None)
            yield name, (None, text_of(each).encode(), media_type)


async def _bytes_of(files: Files, name: str, most: int) -> bytes:
    try:
        data = await asyncio.to_thread(files.read, name)
    except FileRefused as error:
        raise NodeError("FileRefused", str(error), category="input") from None
    if len(data) > most:
        message = f"the files of one request have at most {MAX_BYTES // 1024 // 1024} MiB together"
        raise NodeError("FileRefused", message, category="input")
    return data


def _fields(value: Json) -> list[tuple[str, Json]]:
    """Of a form; what is no object has none."""
    return list(value.items()) if isinstance(value, dict) else []


def _field(content: Content, name: str) -> FormField:
    return content.fields.get(name, FIELD)
