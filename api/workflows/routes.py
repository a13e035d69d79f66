"""The routes of workflows: definitions, and everything around one that is not a run."""

from typing import Annotated

from fastapi import Depends, Header, Path, Query, Response
from fastapi.responses import JSONResponse

from api.http.etag import IfMatch, IfNoneMatch, matches, quoted
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanReadWorkflows, CanWriteWorkflows
from api.operations.schemas import Operation
from api.operations.service import read_operation
from api.resources import Held
from api.workflows.documents import ANY_BODY, DOCUMENT_BODY, EXAMPLE, EXAMPLE_YAML, Document
from api.workflows.reader import WorkflowReader, etag_of
from api.workflows.schemas import (
    EnvelopePatch,
    Layout,
    Validation,
    Workflow,
    WorkflowSummary,
    document_of,
)
from api.workflows.service import Saved, WorkflowEditor
from plait.errors import NotFound
from plait.store.workflows import WorkflowFilter

router = slice_router("workflows")

Ref = Annotated[str, Path(description="Id or slug.", max_length=200, examples=["contract-review"])]
EDIT = problems("precondition_required", "stale", "workflow_invalid", "request_invalid")
DOCUMENT = problems("too_large", "unsupported_media_type", "workflow_invalid", "slug_taken")


def reader_of(held: Held) -> WorkflowReader:
    """The service that reads."""
    return held.workflows


def editor_of(held: Held) -> WorkflowEditor:
    """The service that edits."""
    return WorkflowEditor(held.pool, held.workflows)


Accept = Annotated[str, Header(description="`application/yaml` for the source as it was sent.")]
Reader = Annotated[WorkflowReader, Depends(reader_of)]
Editor = Annotated[WorkflowEditor, Depends(editor_of)]


@router.get("/workflows")
async def list_workflows(
    caller: CanReadWorkflows,
    reader: Reader,
    page: Paging,
    tag: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str | None, Query(max_length=200, description="In the slug or the name.")] = None,
    *,
    archived: bool = False,
) -> Page[WorkflowSummary]:
    """The workflows, newest first."""
    return await reader.list(caller, WorkflowFilter(tag, archived, q), page)


@router.post("/workflows", status_code=201, openapi_extra=DOCUMENT_BODY, responses=DOCUMENT)
async def create_workflow(
    sent: Document, caller: CanWriteWorkflows, reader: Reader, editor: Editor, response: Response
) -> Workflow:
    """Save a new workflow. The body is the document itself."""
    saved = await editor.create(await reader.compile(sent.source, sent.media_type, caller), caller)
    return answer(saved, response)


@router.post("/workflows/validate", openapi_extra=ANY_BODY, responses=DOCUMENT)
async def validate_workflow(sent: Document, caller: CanReadWorkflows, reader: Reader) -> Validation:
    """Compile without saving: all problems, all warnings, the plan."""
    return Validation.of(await reader.examine(sent.source, sent.media_type, caller))


@router.get("/workflows/{ref}")
async def get_workflow(ref: Ref, caller: CanReadWorkflows, reader: Reader, response: Response) -> Workflow:
    """A workflow with its newest document. Its ETag is what `If-Match` wants."""
    workflow, etag = await reader.read(ref, caller)
    response.headers["ETag"] = quoted(etag)
    return workflow


@router.put(
    "/workflows/{ref}",
    openapi_extra=DOCUMENT_BODY,
    responses=DOCUMENT | EDIT | {201: {"model": Workflow, "description": "The slug was unknown: a new workflow."}},
)
async def put_workflow(
    ref: Ref,
    sent: Document,
    caller: CanWriteWorkflows,
    reader: Reader,
    editor: Editor,
    response: Response,
    if_match: IfMatch = None,
) -> Workflow:
    """Save the whole document. A changed one is a new version; an equal one changes nothing."""
    version = await reader.compile(sent.source, sent.media_type, caller)
    return answer(await editor.replace(ref, version, caller, if_match), response)


@router.patch("/workflows/{ref}", responses=EDIT)
async def patch_workflow(
    ref: Ref,
    patch: EnvelopePatch,
    caller: CanWriteWorkflows,
    editor: Editor,
    response: Response,
    if_match: IfMatch = None,
) -> Workflow:
    """Change the envelope (RFC 7396). The document is changed by PUT."""
    return answer(await editor.patch(ref, patch, caller, if_match), response)


@router.delete(
    "/workflows/{ref}",
    status_code=204,
    response_model=None,
    responses=problems("workflow_has_live_runs", "in_use", "stale")
    | {202: {"model": Operation, "description": "It goes once its live runs have ended: an operation sees to it."}},
)
async def delete_workflow(
    ref: Ref,
    caller: CanWriteWorkflows,
    held: Held,
    editor: Editor,
    if_match: IfMatch = None,
    *,
    cancel_runs: Annotated[bool, Query(description="Cancel what is live instead of refusing.")] = False,
) -> Response:
    """Delete a workflow with its versions and all its runs."""
    operation_id = await editor.delete(ref, caller, if_match, cancel_runs=cancel_runs)
    if operation_id is None:
        return Response(status_code=204)
    operation = await read_operation(held, operation_id, caller)
    headers = {"Location": f"/api/v1/operations/{operation_id}"}
    return Response(operation.model_dump_json(), 202, headers, media_type="application/json")


@router.get(
    "/workflows/{ref}/definition",
    response_class=Response,
    responses={
        200: {
            "description": "The document.",
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": EXAMPLE},
                "application/yaml": {"schema": {"type": "string"}, "example": EXAMPLE_YAML},
            },
        },
        304: {"description": "It is still what `If-None-Match` names."},
    },
)
async def get_definition(
    ref: Ref, caller: CanReadWorkflows, reader: Reader, accept: Accept = "*/*", if_none_match: IfNoneMatch = None
) -> Response:
    """The document alone: JSON, or by `Accept: application/yaml` the source byte for byte as it was sent."""
    row = await reader.row(ref, caller)
    headers = {"ETag": quoted(etag_of(row)), "Vary": "Accept"}
    if row["definition"] is None:
        raise NotFound("This workflow has a draft only.")
    if matches(if_none_match, etag_of(row)):
        return Response(status_code=304, headers=headers)
    if "application/yaml" in accept:
        return Response(row["source"].encode(), headers=headers, media_type="application/yaml")
    return JSONResponse(document_of(row["definition"]), headers=headers)


@router.put("/workflows/{ref}/definition", openapi_extra=DOCUMENT_BODY, responses=DOCUMENT | EDIT)
async def put_definition(
    ref: Ref,
    sent: Document,
    caller: CanWriteWorkflows,
    reader: Reader,
    editor: Editor,
    response: Response,
    if_match: IfMatch = None,
) -> Workflow:
    """The same as PUT of the workflow."""
    return await put_workflow(ref, sent, caller, reader, editor, response, if_match)


@router.put("/workflows/{ref}/layout", responses=problems("request_invalid"))
async def put_layout(ref: Ref, layout: Layout, caller: CanWriteWorkflows, editor: Editor) -> Layout:
    """Canvas positions. They belong to no version; the last writer wins."""
    await editor.put_layout(ref, layout.model_dump(mode="json"), caller)
    return layout


def answer(saved: Saved, response: Response) -> Workflow:
    """A saved workflow with its headers."""
    response.headers["ETag"] = quoted(saved.etag)
    if saved.created:
        response.status_code = 201
        response.headers["Location"] = f"/api/v1/workflows/{saved.workflow.id}"
    return saved.workflow
