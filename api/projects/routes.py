"""The routes that take a whole project out, and put one in."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from api.http.bodies import MEBIBYTE, read_body, require_media_type
from api.http.routing import problems, slice_router
from api.http.security import CanReadWorkflows, CanWriteWorkflows
from api.projects.export import export_project
from api.projects.importing import import_project
from api.projects.schemas import ImportReport
from api.resources import Held

router = slice_router("projects")
ZIP = "application/zip"
LIMIT = 64 * MEBIBYTE
BYTES: dict[str, Any] = {ZIP: {"schema": {"type": "string", "contentMediaType": ZIP}}}


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"description": "A zip of YAML files.", "content": BYTES}} | problems("too_large"),
)
async def export_all(caller: CanReadWorkflows, held: Held) -> Response:
    """The whole project: workflows byte for byte as they were saved, what runs where, variables, drafts.

    No secrets, runs, ids or times: the same project is the same bytes.
    """
    headers = {"Content-Disposition": 'attachment; filename="plait-export.zip"'}
    return Response(await export_project(held, caller), media_type=ZIP, headers=headers)


async def sent_archive(request: Request) -> bytes:
    """The body, which is a zip."""
    require_media_type(request, ZIP)
    return await read_body(request, LIMIT)


@router.post(
    "/import",
    openapi_extra={"requestBody": {"required": True, "content": BYTES}},
    responses=problems("too_large", "unsupported_media_type", "workflow_invalid", "slug_taken"),
)
async def import_all(
    archive: Annotated[bytes, Depends(sent_archive)],
    caller: CanWriteWorkflows,
    held: Held,
    *,
    dry_run: Annotated[bool, Query(description="Say what would be done, and do nothing.")] = False,
) -> ImportReport:
    """Add what an export holds: new workflows, changed documents as new versions, variables, pointers. All or nothing.

    A zip of `export.yaml` and documents in `workflows` alone is taken, too. Nothing is deleted, and no pointer of a
    protected environment is moved.
    """
    return await import_project(held, archive, caller, dry_run=dry_run)
