"""The routes of templates."""

from typing import Annotated

from fastapi import Path, Response

from api.http.editing import tagged
from api.http.etag import IfMatch
from api.http.routing import problems, slice_router
from api.http.security import CanReadWorkflows, CanWriteWorkflows
from api.resources import Held
from api.templates import service
from api.templates.schemas import CopyList, Instantiate, NewTemplate, PutTemplate, TemplateList, TemplateView
from api.workflows.routes import answer
from api.workflows.schemas import Workflow

router = slice_router("templates")
Slug = Annotated[str, Path(max_length=100, description="The template's slug.", examples=["support-triage"])]
WRITE = problems("malformed_json", "workflow_invalid", "request_invalid", "slug_taken", "unsupported_media_type")


@router.get("/templates")
async def list_templates(caller: CanReadWorkflows, held: Held) -> TemplateList:
    """Those that come with Plait, then the project's own."""
    return TemplateList(items=await service.list_templates(held, caller))


@router.post("/templates", status_code=201, responses=WRITE)
async def create_template(order: NewTemplate, caller: CanWriteWorkflows, held: Held) -> TemplateView:
    """Keep a template of the project's own."""
    return service.view_of(await service.create_template(held, order, caller))


@router.get("/templates/{slug}")
async def get_template(slug: Slug, caller: CanReadWorkflows, held: Held, response: Response) -> TemplateView:
    """One template with its workflow. Its ETag is what `If-Match` wants."""
    return tagged(service.view_of(await service.find_template(held, slug, caller)), response)


@router.put("/templates/{slug}", responses=WRITE | problems("precondition_required", "stale"))
async def put_template(
    slug: Slug,
    order: PutTemplate,
    caller: CanWriteWorkflows,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> TemplateView:
    """Say a template of the project's own anew. Its copies stay as they are."""
    template = await service.replace_template(held, slug, order, caller, if_match)
    return tagged(service.view_of(template), response)


@router.delete("/templates/{slug}", status_code=204, responses=problems("slug_taken"))
async def delete_template(slug: Slug, caller: CanWriteWorkflows, held: Held) -> None:
    """Delete a template of the project's own. Its copies stay."""
    await service.delete_template(held, slug, caller)


@router.get("/templates/{slug}/used_by")
async def list_copies(slug: Slug, caller: CanReadWorkflows, held: Held) -> CopyList:
    """The workflows that were copied from it."""
    return CopyList(items=await service.list_copies(held, slug, caller))


@router.post("/templates/{slug}/instantiate", status_code=201, responses=WRITE)
async def instantiate_template(
    slug: Slug, order: Instantiate, caller: CanWriteWorkflows, held: Held, response: Response
) -> Workflow:
    """Make a workflow of a template: a copy with these parameters, on its own from then on."""
    return answer(await service.instantiate(held, slug, order, caller), response)
