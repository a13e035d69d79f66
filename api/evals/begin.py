"""Asking for an evaluation: what runs, on which rows, and what is good, all of it checked before the first run."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from api.evals.dataset import DATASET_BYTES, read_rows
from api.evals.schemas import EvalOrder
from api.evals.scores import problems_of_scores
from api.resources import Resources
from api.workflows.reader import accepted
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now
from plait.errors import Invalid, NotFound
from plait.models import UnknownModel, resolve
from plait.starts import startable, variables_of
from plait.store import carry_over
from plait.store.models import read_registry
from plait.store.operations import NewOperation, insert_operation
from plait.store.runs import Target, read_target

CHECK_SECONDS = 30.0
"""Processor time for the rows of a dataset: ten thousand of a kilobyte take one."""
HERE_BYTES, HERE_ROWS = 32 * 1024, 100
"""A dataset up to this is read in this process: some milliseconds, when one aside takes as long to be told."""


async def begin_eval(held: Resources, operation_id: UUID, order: EvalOrder, caller: Caller) -> None:
    """Freeze the rows, the versions and the scores; the operation does the rest."""
    refuse_unclear(order)
    await refuse_unknown_judges(held, order, caller)
    workflow = await held.workflows.row(order.workflow, caller)
    numbers = await numbers_of(held, workflow, order, caller)
    given = await content_of(held, order, caller)
    targets = [await target_of(held, workflow, number, order, caller) for number in numbers]
    definitions = [(target.definition or "", target.plan_hash or "") for target in targets]
    rows = await check_rows(held, given, definitions)
    versions = [target.version for target in targets]
    counted = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    operation = NewOperation(
        id=operation_id,
        project=caller.project,
        kind="eval",
        title=f"evaluate {workflow['slug']} {' against '.join(f'v{each}' for each in versions)} on {counted}",
        arguments={
            "workflow": workflow["slug"],
            "workflow_id": str(workflow["id"]),
            "versions": versions,
            "environment": order.environment,
            "scores": [score.model_dump(mode="json") for score in order.scores],
            "budget_usd": order.budget_usd,
        },
        by=caller.actor.json(),
        scopes=sorted(caller.scopes),
        at=now(),
        at_once=order.concurrency,
    )
    async with held.pool.acquire() as db, db.transaction():
        await insert_operation(db, operation, rows)


async def check_rows(
    held: Resources, given: bytes | list[dict[str, Any]], definitions: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """The rows of the dataset, if every version takes each of them; many are read aside."""
    if len(given) <= (HERE_BYTES if isinstance(given, bytes) else HERE_ROWS):
        return read_rows(given, definitions)
    return await held.computer.compute(CHECK_SECONDS, read_rows, given, definitions)


def refuse_unclear(order: EvalOrder) -> None:
    """One candidate, one dataset, and scores that can be computed."""
    problems = list(problems_of_scores(order.scores))
    if (order.rows is None) == (order.file is None):
        problems.append(Problem("request_invalid", "Say either `rows` or `file`.", ("rows",)))
    if order.document is not None and order.version is not None:
        problems.append(Problem("contradiction", "Name a `version` or send a `document`, not both.", ("version",)))
    if problems:
        raise Invalid(problems[0].message, problems=problems)


async def refuse_unknown_judges(held: Resources, order: EvalOrder, caller: Caller) -> None:
    """A judge's model is known now, and not found missing when the first row has been paid for."""
    registry = await read_registry(held.pool, caller.project, held.models.defaults)
    for index, score in enumerate(order.scores):
        if score.judge is None:
            continue
        try:
            resolve(score.judge.model, registry)
        except UnknownModel as error:
            problem = Problem("unknown_model", error.message, ("scores", index, "judge", "model"), fix=error.fix)
            raise Invalid(error.message, problems=[problem]) from None


async def numbers_of(held: Resources, workflow: Record, order: EvalOrder, caller: Caller) -> list[int | None]:
    """The versions to run, the candidate first; None is the one that the environment runs."""
    candidate = order.version if order.document is None else await save_document(held, workflow, order.document, caller)
    if order.against is None:
        return [candidate]
    if candidate == order.against:
        message = f"Version {candidate} would be held against itself."
        raise Invalid(message, problems=[Problem("contradiction", message, ("against",))])
    return [candidate, order.against]


async def save_document(held: Resources, workflow: Record, document: Mapping[str, Any], caller: Caller) -> int:
    """The number of a document that is not saved: a version for these runs alone, unless it is one already."""
    version = accepted(await held.workflows.examine(orjson.dumps(document), "application/json", caller))
    if version.slug != workflow["slug"]:
        message = f"The document says the slug {version.slug}; the workflow is {workflow['slug']}."
        raise Invalid(message, code="workflow_invalid", problems=[Problem("other_slug", message, ("document", "slug"))])
    if (same := await carry_over.find_same(held.pool, workflow["id"], version)) is not None:
        return same["version"]
    by = caller.actor.json()
    return await carry_over.insert_ad_hoc(held.pool, caller.project, workflow["id"], version, by, now())


async def target_of(held: Resources, workflow: Record, number: int | None, order: EvalOrder, caller: Caller) -> Target:
    """What a run of this version executes. Raises why it could not start."""
    ref, environment = str(workflow["id"]), order.environment
    target = await read_target(held.pool, caller.project, ref, number, environment)
    if target is None:
        raise NotFound("There is no such workflow.")
    definition = startable(target, version=number, environment=environment)
    variables_of(await held.plans.load(definition, target.plan_hash or ""), target)
    return target


async def content_of(held: Resources, order: EvalOrder, caller: Caller) -> bytes | list[dict[str, Any]]:
    """The dataset as it was sent: rows, or the bytes of a file."""
    if order.file is None:
        return [row.model_dump() for row in order.rows or ()]
    file = await held.payloads.find(caller.project, order.file)
    if file.size > DATASET_BYTES:
        limit = DATASET_BYTES // 1024 // 1024
        message = f"A dataset is at most {limit} MiB; this file has {file.size // 1024 // 1024}."
        raise Invalid(message, code="too_large", limit_bytes=DATASET_BYTES)
    return b"".join([chunk async for chunk in held.payloads.stream(caller.project, order.file)])
