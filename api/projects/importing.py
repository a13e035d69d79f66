"""Putting a project in: everything is read and compiled first, then written in one transaction or not at all."""

import asyncio
from collections.abc import Mapping

from api.http.security import require_scope
from api.projects.compile import compile_all, tools_of
from api.projects.registries import ModelsSaid
from api.projects.schemas import ImportReport
from api.projects.state import Project, project_in
from api.projects.write import Writer
from api.resources import Resources
from plait.auth import Caller
from plait.projects import unpacked
from plait.store.workflows import NewVersion

Compiled = Mapping[str, Mapping[int, NewVersion]]
"""By slug, the versions by number in order."""


async def import_project(held: Resources, archive: bytes, caller: Caller, *, dry_run: bool) -> ImportReport:
    """Add what an export holds to the caller's project: new workflows, new versions, variables, pointers.

    What is there and not in the export stays. Raises Invalid with everything that is wrong, each with its file.
    """
    project = await asyncio.to_thread(read_archive, archive)
    require_scopes(project, caller)
    tools = tools_of(project)
    compiled = await compile_all(held, project, tools, caller)
    async with held.pool.acquire() as db:
        transaction = db.transaction()
        await transaction.start()
        try:
            writer = Writer(db, caller, compiled, tools)
            await writer.write(project)
        except BaseException:
            await transaction.rollback()
            raise
        # A dry run does everything, and then has not done it.
        await (transaction.rollback() if dry_run else transaction.commit())
    for schedule in () if dry_run else writer.schedules.changed:
        held.deliveries.schedule(held.pool, schedule)
    return writer.report(dry_run=dry_run)


def read_archive(archive: bytes) -> Project:
    """The project in a zip."""
    return project_in(unpacked(archive))


def require_scopes(project: Project, caller: Caller) -> None:
    """Who may save workflows may not by that alone set variables, or say what an environment runs."""
    if any(environment.variables for environment in project.environments.values()):
        require_scope(caller, "variables:write")
    if any(each.settings and each.settings.environments for each in project.workflows.values()):
        require_scope(caller, "workflows:promote")
    if project.registries.models != ModelsSaid():
        require_scope(caller, "models:write")
    if project.tools or project.registries.agents:
        require_scope(caller, "registry:write")
    if any(each.schedules for each in project.workflows.values()):
        require_scope(caller, "triggers:write")
