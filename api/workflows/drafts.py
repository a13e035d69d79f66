"""The routes of drafts and of versions."""

from typing import Annotated

from fastapi import Path, Response

from api.http.errors import Refusal
from api.http.etag import IfMatch, matches, quoted, stale
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanReadWorkflows, CanWriteWorkflows
from api.workflows.diff import Difference
from api.workflows.documents import ANY_BODY, Document
from api.workflows.reader import accepted
from api.workflows.routes import DOCUMENT, EDIT, Editor, Reader, Ref, answer
from api.workflows.schemas import Draft, Version, VersionSummary, Workflow
from api.workflows.simulation import SimulationOrder, SimulationView

router = slice_router("workflows")
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/workflows/{ref}/draft")
async def get_draft(ref: Ref, caller: CanReadWorkflows, reader: Reader, response: Response) -> Draft:
    """The draft with what the compiler says to it."""
    draft, _, etag = await reader.draft(ref, caller)
    response.headers["ETag"] = quoted(etag)
    return draft


@router.put("/workflows/{ref}/draft", openapi_extra=ANY_BODY, responses=DOCUMENT | EDIT)
async def put_draft(
    ref: Ref,
    sent: Document,
    caller: CanWriteWorkflows,
    reader: Reader,
    editor: Editor,
    response: Response,
    if_match: IfMatch = None,
) -> Draft:
    """Keep any text as the draft, problems and all. An unknown slug gets a workflow without a version."""
    await editor.put_draft(ref, text_of(sent.source), sent.media_type, caller, if_match)
    draft, _, etag = await reader.draft(ref, caller)
    response.headers["ETag"] = quoted(etag)
    return draft


@router.delete("/workflows/{ref}/draft", status_code=204, responses=EDIT)
async def delete_draft(ref: Ref, caller: CanWriteWorkflows, editor: Editor, if_match: IfMatch = None) -> None:
    """Forget the draft."""
    await editor.clear_draft(ref, caller, if_match)


@router.post("/workflows/{ref}/draft/publish", responses=EDIT)
async def publish_draft(
    ref: Ref,
    caller: CanWriteWorkflows,
    reader: Reader,
    editor: Editor,
    response: Response,
    if_match: IfMatch = None,
) -> Workflow:
    """Make a version of the draft."""
    draft, examined, etag = await reader.draft(ref, caller)
    if if_match is not None and not matches(if_match, etag):
        raise stale(draft, etag)
    return answer(await editor.publish(ref, accepted(examined), caller, etag), response)


@router.post("/workflows/{ref}/simulate", responses=problems("input_invalid", "request_invalid", "malformed_json"))
async def simulate_workflow(
    ref: Ref, order: SimulationOrder, caller: CanReadWorkflows, reader: Reader
) -> SimulationView:
    """What the workflow would do with this input, these results and these answers. Nothing runs."""
    return await reader.simulate(ref, order, caller)


@router.get("/workflows/{ref}/versions")
async def list_versions(ref: Ref, caller: CanReadWorkflows, reader: Reader, page: Paging) -> Page[VersionSummary]:
    """The versions, newest first."""
    return await reader.versions(ref, caller, page)


@router.get("/workflows/{ref}/versions/{number}")
async def get_version(ref: Ref, number: Number, caller: CanReadWorkflows, reader: Reader) -> Version:
    """One version, which never changes."""
    return await reader.version(ref, number, caller)


@router.get("/workflows/{ref}/versions/{number}/diff/{other}", responses=problems("request_invalid"))
async def diff_versions(
    ref: Ref, number: Number, other: Number, caller: CanReadWorkflows, reader: Reader
) -> Difference:
    """What changed from one version to another."""
    return await reader.difference(ref, number, other, caller)


def text_of(source: bytes) -> str:
    """A draft's text, which has to be such that it can be stored."""
    try:
        text = source.decode()
    except UnicodeDecodeError as error:
        raise Refusal("malformed_json", f"The body is not UTF-8: byte {error.start} is wrong.") from None
    if "\x00" in text:
        raise Refusal("malformed_json", "The body has the character \\u0000, which cannot be stored.")
    return text
