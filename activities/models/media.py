"""Images and files that messages hold, fetched before a model is asked: from the worker's folder, through the one
way out, or from the message itself.
"""

import asyncio
import mimetypes
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from activities.kind import NodeContext, NodeError
from activities.models.messages import Message
from activities.tools.files import FileRefused, Files
from plait.egress import EgressRefused

MAX_BYTES = 20 * 1024 * 1024
"""What one image or file may have: providers take no more."""
MOST_BYTES = 50 * 1024 * 1024
"""What all of one question may have together; the worker holds them until it is answered."""

IMAGES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
"""How the images begin that every provider takes."""


@dataclass(frozen=True, slots=True)
class Medium:
    """The bytes of an image or file, and what they are."""

    data: bytes
    media_type: str


Media = Mapping[tuple[int, int], Medium]
"""What the images and files of messages hold, by the index of the message and of the part."""


@dataclass(slots=True)
class _Room:
    """Bytes that the images and files of one question may still have."""

    left: int = MOST_BYTES

    def take(self, size: int) -> None:
        """Take so much of it. Raises NodeError where there is less."""
        self.left -= size
        if self.left < 0:
            raise _invalid(f"together they have more than {MOST_BYTES // 1024 // 1024} MiB")


async def fetch_media(context: NodeContext, messages: Sequence[Message]) -> Media:
    """What the images and files hold.

    Raises NodeError: `MediaInvalid` for what is not there, too large or no image, `ConnectionFailed`, `EgressRefused`.
    """
    wanted = {
        (at, index): part
        for at, message in enumerate(messages)
        if isinstance(message["content"], list)
        for index, part in enumerate(message["content"])
        if part["type"] != "text"
    }
    room = _Room()
    fetched = await asyncio.gather(*(_medium_of(context, part, room) for part in wanted.values()))
    return dict(zip(wanted, fetched, strict=True))


async def _medium_of(context: NodeContext, part: dict[str, Any], room: _Room) -> Medium:
    if "url" in part:
        medium = await _download(context.services.egress, part["url"], part.get("media_type"), room)
    else:
        medium = await _at_hand(context, part)
        room.take(len(medium.data))
    return medium if part["type"] == "file" else _image(medium, part)


async def _at_hand(context: NodeContext, part: dict[str, Any]) -> Medium:
    """What the message itself holds, or the worker's folder."""
    if "data" in part:
        try:
            return Medium(b64decode(part["data"], validate=True), part["media_type"])
        except Error:
            raise _invalid("`data` is not base64") from None
    name = part["file"]
    try:
        data = await asyncio.to_thread(Files(context.services.files_dir).read, name, MAX_BYTES)
    except FileRefused as error:
        raise _invalid(str(error)) from None
    return _medium(data, name, part.get("media_type") or mimetypes.guess_type(name)[0])


async def _download(client: httpx2.AsyncClient, url: str, media_type: str | None, room: _Room) -> Medium:
    host = httpx2.URL(url).host if "://" in url else url[:50]
    data = bytearray()
    try:
        async with client.stream("GET", url, follow_redirects=True) as response:
            if response.status_code != 200:
                retryable = response.status_code >= 500 or response.status_code in {408, 429}
                raise _invalid(f"{host} answers {response.status_code}", retryable=retryable)
            async for chunk in response.aiter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    break
                room.take(len(chunk))
            told = response.headers.get("content-type", "").partition(";")[0].strip()
    except EgressRefused as error:
        raise NodeError("EgressRefused", str(error), category="input") from None
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL):
        raise _invalid(f"{host} is no address of the web") from None
    except httpx2.RequestError as error:
        message = f"an image or file of {host}: {type(error).__name__}"
        raise NodeError("ConnectionFailed", message, retryable=True) from error
    return _medium(bytes(data), host, media_type or told or mimetypes.guess_type(url)[0])


def _medium(data: bytes, name: str, media_type: str | None) -> Medium:
    if len(data) > MAX_BYTES:
        raise _invalid(f"{name} has more than {MAX_BYTES // 1024 // 1024} MiB")
    if media_type is None:
        raise _invalid(f"what {name} holds is not known: say its `media_type`")
    return Medium(data, media_type)


def _image(medium: Medium, part: dict[str, Any]) -> Medium:
    """An image as what its bytes are, whatever it was called: stores name them octets, and providers refuse those."""
    seen = next((media_type for media_type, begins in IMAGES.items() if begins.match(medium.data)), None)
    if seen is not None:
        return Medium(medium.data, seen)
    if medium.media_type.startswith("image/") and medium.media_type not in IMAGES:
        return medium
    name = part.get("file") or part.get("url") or "`data`"
    raise _invalid(f"{name[:200]} is no image ({medium.media_type}); what is none is a part of type `file`")


def _invalid(why: str, *, retryable: bool = False) -> NodeError:
    return NodeError("MediaInvalid", f"an image or file of the messages: {why}", category="input", retryable=retryable)
