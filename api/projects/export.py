"""Taking a project out: one look at all of it, as files."""

from typing import Any

from api.projects.registries import read_registries
from api.projects.schedules import said_of
from api.projects.state import (
    EnvironmentState,
    Project,
    Settings,
    Source,
    TemplateSaid,
    TemplateState,
    WorkflowState,
    files_of,
)
from api.projects.tools import tool_state
from api.resources import Resources
from plait.auth import Caller
from plait.errors import Invalid
from plait.projects import MOST_BYTES, packed
from plait.store import environments, templates, tools
from plait.store import projects as store
from plait.store.runs import Database


async def export_project(held: Resources, caller: Caller) -> bytes:
    """The whole project as a zip. The same project is the same bytes."""
    async with held.pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        if await store.measure_sources(db, caller.project) > MOST_BYTES:
            raise Invalid(f"The documents have more than {MOST_BYTES // 1024 // 1024} MiB together.", code="too_large")
        return packed(files_of(await read_project(db, caller.project)))


async def read_project(db: Database, project: str) -> Project:
    """What an export holds of a project."""
    variables: dict[str, dict[str, Any]] = {}
    for row in await store.list_variables(db, project):
        variables.setdefault(row["environment"], {})[row["name"]] = row["value"]
    found = Project(
        {
            row["name"]: EnvironmentState(
                follows_newest=row["follows_newest"],
                protected=row["protected"],
                approvers=row["approvers"],
                variables=variables.get(row["name"], {}),
            )
            for row in await environments.list_environments(db, project)
        },
        {row["slug"]: workflow_of(row) for row in await store.list_workflows(db, project)},
    )
    for row in await store.list_sources(db, project):
        add_source(found.workflows[row["slug"]], row)
    for row in await templates.list_templates(db, project):
        found.templates[row["slug"]] = template_of(row)
    for row in await tools.list_sources(db, project):
        found.tools[row["name"]] = tool_state(row)
    found.registries = await read_registries(db, project)
    for row in await store.list_schedules(db, project):
        found.workflows[row["slug"]].schedules.append(said_of(row))
    return found


def workflow_of(row: Any) -> WorkflowState:
    """A workflow without its versions."""
    said = {name: row[name] for name in Settings.model_fields if name in row}
    draft = row["draft_source"]
    slug = row["slug"]
    source = Source(file_in("drafts", slug, row["draft_type"]), draft, row["draft_type"]) if draft is not None else None
    return WorkflowState(slug, Settings.model_validate(said), draft=source)


def template_of(row: Any) -> TemplateState:
    """A template."""
    said = {name: row[name] for name in TemplateSaid.model_fields}
    kind = row["source_type"]
    source = Source(file_in(f"templates/{row['slug']}", "workflow", kind), row["source"], kind)
    return TemplateState(TemplateSaid.model_validate(said), source)


def add_source(workflow: WorkflowState, row: Any) -> None:
    """Put a version where it belongs."""
    number, kind = row["version"], row["source_type"]
    assert workflow.settings is not None, "what is stored has its settings"
    if number == workflow.settings.version:
        workflow.newest = Source(file_in("workflows", workflow.slug, kind), row["source"], kind)
    else:
        workflow.older[number] = Source(file_in(f"versions/{workflow.slug}", str(number), kind), row["source"], kind)


def file_in(folder: str, name: str, media_type: str) -> str:
    """The name of a document's file."""
    return f"{folder}/{name}.{'yaml' if media_type == 'application/yaml' else 'json'}"
