"""Environments and their variables: read, set, unset."""

from collections.abc import Iterator
from typing import Any

from asyncpg import Record

from api.environments.schemas import (
    EnvironmentsOfWorkflow,
    EnvironmentView,
    VariableView,
    WorkflowEnvironment,
    promotion_of,
    variable_of,
)
from api.http.editing import editing
from api.http.models import ActorView
from api.http.paging import PageOrder, by_age
from api.resources import Resources
from api.workflows.schemas import EnvironmentPointer, fill
from interpreter.document.model import Variable
from interpreter.plan.schemas import is_of
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, Invalid, NotFound
from plait.store import environments as store
from plait.store import promotions
from plait.store.runs import Database
from plait.values.variables import NAME


async def find_environment(db: Database, project: str, name: str) -> Record:
    """An environment of the project, or `NotFound`."""
    row = await store.read_environment(db, project, name)
    if row is None:
        raise NotFound(f"There is no environment {name}.")
    return row


async def list_environments(held: Resources, caller: Caller) -> list[EnvironmentView]:
    """All of the project, in their order."""
    return [fill(EnvironmentView, row) for row in await store.list_environments(held.pool, caller.project)]


async def show_workflow(held: Resources, ref: str, paging: PageOrder, caller: Caller) -> EnvironmentsOfWorkflow:
    """What each environment runs of a workflow, and the history of that."""
    workflow = await held.workflows.row(ref, caller)
    filters = ("promotions", str(workflow["id"]))
    rows = await promotions.list_promotions(held.pool, workflow["id"], paging.after(filters, by_age), paging.limit + 1)
    counted = await promotions.count_promotions(held.pool, workflow["id"]) if paging.total else None
    kept, following = paging.cut(rows, filters, lambda row: (row["at"], row["id"]))
    run = {row["environment"]: row for row in await store.list_pointers(held.pool, workflow["id"])}
    return EnvironmentsOfWorkflow(
        items=[promotion_of(row) for row in kept],
        next_cursor=following,
        environments=[
            fill(WorkflowEnvironment, row, runs=pointer_of(run.get(row["name"])))
            for row in await store.list_environments(held.pool, caller.project)
        ],
        **paging.totals(counted),
    )


def pointer_of(row: Record | None) -> EnvironmentPointer | None:
    """What an environment runs."""
    return fill(EnvironmentPointer, row, by=ActorView(**row["by"])) if row else None


async def list_variables(held: Resources, environment: str, caller: Caller) -> list[VariableView]:
    """All variables of an environment, by name."""
    await find_environment(held.pool, caller.project, environment)
    readers = await store.list_readers(held.pool, caller.project, environment)
    rows = await store.list_variables(held.pool, caller.project, environment)
    return [variable_of(environment, row, readers) for row in rows]


async def read_variable(held: Resources, environment: str, name: str, caller: Caller) -> VariableView:
    """One variable with those who read it."""
    await find_environment(held.pool, caller.project, environment)
    found = await _variable(held.pool, environment, name, caller)
    if found is None:
        raise NotFound(f"The variable {name} is not set in {environment}.")
    return found


async def _variable(db: Database, environment: str, name: str, caller: Caller) -> VariableView | None:
    rows = await store.list_variables(db, caller.project, environment, name)
    readers = await store.list_readers(db, caller.project, environment, name)
    return variable_of(environment, rows[0], readers) if rows else None


async def put_variable(
    held: Resources, environment: str, name: str, value: Any, caller: Caller, if_match: str | None
) -> VariableView:
    """Set a variable, if everything that reads it here can take the value."""

    async def read(db: Database) -> VariableView | None:
        return await _variable(db, environment, name, caller)

    place = (caller.project, "variable", environment, name)
    async with editing(held.pool, *place, if_match=if_match, read=read) as db:
        await find_environment(db, caller.project, environment)
        readers = await store.list_readers(db, caller.project, environment, name)
        if problems := list(refusals(name, value, readers)):
            raise Invalid(problems[0].message, problems=problems)
        await store.put_variable(db, caller.project, environment, name, value, caller.actor.json(), now())
    return await read_variable(held, environment, name, caller)


def refusals(name: str, value: Any, readers: list[Record]) -> Iterator[Problem]:
    """Why a variable may not have this name or this value."""
    if not NAME.fullmatch(name):
        message = f"{name[:80]!r} cannot be the name of a variable."
        yield Problem("variable_name", message, ("name",), fix="Use letters, digits and _, and no digit first.")
    for row in readers:
        wanted = Variable.model_validate(row["declared"]).type
        if not is_of(value, wanted):
            message = f"{row['slug']} version {row['version']} reads {name} as {wanted}, and the value is another type."
            yield Problem("variable_type", message, ("value",), fix=f"Send a value of the type {wanted}.")


async def delete_variable(held: Resources, environment: str, name: str, caller: Caller) -> None:
    """Unset a variable, if nothing here needs it."""
    async with held.pool.acquire() as db, db.transaction():
        await find_environment(db, caller.project, environment)
        readers = await store.list_readers(db, caller.project, environment, name)
        if needed := [row["slug"] for row in readers if "default" not in row["declared"]]:
            message = f"{name} has no default and is read in {environment} by {', '.join(needed[:20])}."
            raise Conflict(message, code="in_use", used_by=needed[:20])
        if not await store.delete_variable(db, caller.project, environment, name):
            raise NotFound(f"The variable {name} is not set in {environment}.")
