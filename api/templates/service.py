"""Templates: those that come with Plait and the project's own, kept, copied and found again."""

from dataclasses import replace
from typing import Any

import orjson

from api.http.editing import editing
from api.resources import Resources
from api.templates.schemas import Copy, Instantiate, NewTemplate, PutTemplate, TemplateSummary, TemplateView
from api.workflows.service import Saved, WorkflowEditor
from interpreter.document.dump import document_json
from interpreter.document.read import MediaType, read_document
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, Invalid, NotFound
from plait.store import templates as store
from plait.store.runs import Database
from plait.templates import Template, check_parameters, copy_of, shipped


async def list_templates(held: Resources, caller: Caller) -> list[TemplateSummary]:
    """Those that come with Plait, and the project's own."""
    stored = [template_of(row) for row in await store.list_templates(held.pool, caller.project)]
    return [summary_of(each) for each in (*shipped().values(), *stored)]


async def find_template(held: Resources, slug: str, caller: Caller) -> Template:
    """One of either kind."""
    if slug in shipped():
        return shipped()[slug]
    row = await store.find_template(held.pool, caller.project, slug)
    if row is None:
        raise NotFound(f"There is no template {slug!r}.")
    return template_of(row)


async def create_template(held: Resources, order: NewTemplate, caller: Caller) -> Template:
    """Keep a new one, if its workflow compiles."""
    refuse_shipped(order.slug)
    said = await told(held, order, caller)
    if not await store.insert_template(held.pool, caller.project, order.slug, said, caller.actor.json(), now()):
        raise Conflict(f"There is a template {order.slug} already.", code="slug_taken")
    return await find_template(held, order.slug, caller)


async def replace_template(
    held: Resources, slug: str, order: PutTemplate, caller: Caller, if_match: str | None
) -> Template:
    """Say one of the project's own anew. Its copies stay as they are."""
    refuse_shipped(slug)
    said = await told(held, order, caller)

    async def read(db: Database) -> TemplateView | None:
        row = await store.find_template(db, caller.project, slug)
        return None if row is None else view_of(template_of(row))

    async with editing(held.pool, caller.project, "template", slug, if_match=if_match, read=read) as db:
        if not await store.replace_template(db, caller.project, slug, said, now()):
            raise NotFound(f"There is no template {slug!r}.")
    return await find_template(held, slug, caller)


async def delete_template(held: Resources, slug: str, caller: Caller) -> None:
    """Delete one of the project's own. Its copies stay."""
    refuse_shipped(slug)
    if not await store.delete_template(held.pool, caller.project, slug):
        raise NotFound(f"There is no template {slug!r}.")


async def instantiate(held: Resources, slug: str, order: Instantiate, caller: Caller) -> Saved:
    """A new workflow: a copy that says its parameters, with its own first version."""
    template = await find_template(held, slug, caller)
    source = copy_of(template, order.slug, order.name, order.parameters)
    version = await held.workflows.compile(source, template.media_type, caller)
    saved = await WorkflowEditor(held.pool, held.workflows).create(version, caller)
    # Lost with this process, only what says where the copy came from is missing.
    await store.mark_copy(held.pool, saved.workflow.id, slug)
    return saved


async def list_copies(held: Resources, slug: str, caller: Caller) -> list[Copy]:
    """The workflows that were copied from it."""
    await find_template(held, slug, caller)
    return [Copy(**row) for row in await store.used_by(held.pool, caller.project, slug)]


async def told(held: Resources, order: PutTemplate, caller: Caller) -> tuple[Any, ...]:
    """What is kept of an order, once its workflow compiles and its parameters are the workflow's constants."""
    source, media_type = source_of(order)
    try:
        await held.workflows.compile(source, media_type, caller)
    except Invalid as error:
        problems = [replace(each, path=("workflow", *each.path)) for each in error.problems]
        raise Invalid(str(error), code=error.code, problems=problems) from None
    if problems := list(check_parameters(order.parameters, source.decode(), media_type)):
        raise Invalid(f"The template has {len(problems)} problems.", code="request_invalid", problems=problems)
    return order.name, order.description, order.tags, order.parameters, source.decode(), media_type


def source_of(order: PutTemplate) -> tuple[bytes, MediaType]:
    """The workflow as text: as it was written, or its JSON."""
    if isinstance(order.workflow, str):
        return order.workflow.encode(), "application/yaml"
    return orjson.dumps(order.workflow, option=orjson.OPT_INDENT_2), "application/json"


def refuse_shipped(slug: str) -> None:
    """Those that come with Plait are read alone."""
    if slug in shipped():
        message = f"The template {slug} comes with Plait and cannot be changed; choose another slug."
        raise Conflict(message, code="slug_taken")


def template_of(row: Any) -> Template:
    """A row as a template."""
    return Template(
        slug=row["slug"],
        name=row["name"],
        description=row["description"],
        tags=tuple(row["tags"]),
        parameters=row["parameters"],
        source=row["source"],
        media_type=row["source_type"],
        origin="stored",
    )


def summary_of(template: Template) -> TemplateSummary:
    """As lists show it."""
    return TemplateSummary(**summary_fields(template))


def view_of(template: Template) -> TemplateView:
    """With its workflow."""
    document = read_document(template.source, template.media_type).document
    return TemplateView(
        **summary_fields(template),
        definition=None if document is None else document_json(document),
        source=template.source,
        media_type=template.media_type,
    )


def summary_fields(template: Template) -> dict[str, Any]:
    """What both have."""
    return {
        "slug": template.slug,
        "name": template.name,
        "description": template.description,
        "tags": list(template.tags),
        "parameters": template.parameters,
        "origin": template.origin,
    }
