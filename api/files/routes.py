"""Files in, values and files out, both as streams."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.files.ranges import read_range
from api.http.bodies import media_type_of, stream_body
from api.http.etag import IfNoneMatch, matches, quoted
from api.http.models import Time, View
from api.http.routing import problems, slice_router, streamed
from api.http.security import CanReadRunData, CanStartRuns
from api.resources import Held
from plait.store.payloads import FILE_BYTES, Payload

router = slice_router("files")
Range = Annotated[str | None, Header(alias="Range", description="One range of bytes; several get the whole.")]
BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}

ANY_BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


class File(View):
    """A file, to be named in inputs and forms as `{"$file": id}`."""

    id: UUID
    name: str | None
    media_type: str
    size: int
    sha256: str
    created_at: Time
    url: str


@router.post(
    "/files",
    status_code=201,
    openapi_extra={"requestBody": {"required": False, "content": BYTES}},
    responses=problems("too_large", "unsupported_media_type", "request_invalid"),
)
@streamed
async def create_file(
    request: Request,
    caller: CanStartRuns,
    held: Held,
    response: Response,
    name: Annotated[str | None, Query(max_length=255, pattern=r"^[^/\\\x00-\x1f\x7f]+$")] = None,
    media_type: Annotated[
        str | None,
        Query(max_length=127, pattern=r"^[\w.+-]+/[\w.+-]+$", description="Wins over Content-Type."),
    ] = None,
) -> File:
    """Keep a file of at most 100 MiB. The body is its bytes; nothing of it is read into memory whole."""
    kind = media_type or media_type_of(request) or "application/octet-stream"
    content = stream_body(request, FILE_BYTES)
    file = view_of(await held.payloads.store_file(caller.project, content, name=name, media_type=kind))
    response.headers["Location"] = file.url
    return file


@router.get(
    "/payloads/{ref}",
    response_class=Response,
    responses=problems("range_not_satisfiable")
    | {
        200: {"description": "The bytes.", "content": ANY_BYTES},
        206: {"description": "The bytes of the range.", "content": ANY_BYTES},
        304: {"description": "It is still what `If-None-Match` names."},
    },
)
async def get_payload(
    ref: UUID,
    caller: CanReadRunData,
    held: Held,
    range_header: Range = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A file, or a value that is too large to be shown in place."""
    payload = await held.payloads.find(caller.project, ref)
    headers = headers_of(payload)
    if matches(if_none_match, payload.sha256):
        return Response(status_code=304, headers=headers)
    part = read_range(range_header, payload.size)
    start, stop = part or (0, payload.size)
    headers["Content-Length"] = str(stop - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{payload.size}"
    body = held.payloads.stream(caller.project, ref, start, stop)
    return StreamingResponse(body, 206 if part else 200, headers, payload.media_type)


def headers_of(payload: Payload) -> dict[str, str]:
    """What goes with the bytes. They are users' own, so no browser may take them for a page of ours."""
    name = quote(payload.name or f"{payload.id}.json", safe="")
    return {
        "ETag": quoted(payload.sha256),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, immutable, max-age=3600",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


def view_of(payload: Payload) -> File:
    """A payload as the one who sent it sees it."""
    return File(
        id=payload.id,
        name=payload.name,
        media_type=payload.media_type,
        size=payload.size,
        sha256=payload.sha256,
        created_at=payload.created_at,
        url=f"/api/v1/payloads/{payload.id}",
    )
