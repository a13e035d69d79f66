"""Promoting: which version an environment runs, moved at once or after its approvers have agreed."""

from collections.abc import Iterable
from dataclasses import dataclass

from asyncpg import Record

from api.catalogue import read_offer
from api.environments.approval import open_approval
from api.environments.missing import missing_there
from api.environments.schemas import Promote, Promotion, promotion_of
from api.http.models import ProblemItem
from api.resources import Resources
from api.workflows.schemas import document_of
from api.workflows.service import no_workflow
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound
from plait.store import environments as pointers
from plait.store import promotions as store
from plait.store import workflows
from plait.store.promotions import NewPromotion


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is to run in an environment."""

    workflow: Record
    version: Record
    environment: Record


async def promote(held: Resources, ref: str, order: Promote, caller: Caller) -> Promotion:
    """Have an environment run a version: the promotion is `moved`, or `waiting` where people have to agree."""
    candidate = await find_candidate(held, ref, order, caller)
    offer = await read_offer(held.pool, caller.project, held.models)
    if problems := await missing_there(held, caller.project, candidate.version, candidate.environment["name"], offer):
        raise refusal(candidate, problems)
    row = await write_promotion(held, candidate, order, caller)
    if row["status"] == "waiting" and row["run_id"] is None:
        row = await open_approval(held, row)
    asleep = offer.not_running(document_of(candidate.version["definition"]))
    return Promotion(**promotion_of(row).model_dump(), warnings=[ProblemItem.of(each) for each in asleep])


async def find_candidate(held: Resources, ref: str, order: Promote, caller: Caller) -> Candidate:
    """What is asked for, if there is such a thing."""
    workflow = await held.workflows.row(ref, caller)
    environment = await pointers.read_environment(held.pool, caller.project, order.environment)
    if environment is None:
        message = f"There is no environment {order.environment}."
        raise Invalid(message, problems=[Problem("unknown_environment", message, ("environment",))])
    if environment["follows_newest"]:
        message = f"{order.environment} follows the newest version by itself."
        problem = Problem("follows_newest", message, ("environment",), fix="Save a version instead.")
        raise Invalid(message, problems=[problem])
    number = order.version or workflow["version"]
    version = await workflows.read_version(held.pool, caller.project, workflow["id"], number)
    if version is None:
        raise NotFound(f"The workflow {workflow['slug']} has no version {number}.")
    if version["ad_hoc"]:
        raise Conflict(
            f"Version {number} was made for one run; save its document, and promote that version.", code="not_promoted"
        )
    return Candidate(workflow, version, environment)


def refusal(candidate: Candidate, problems: Iterable[Problem]) -> Invalid:
    """The answer where something is missing."""
    found, name = list(problems), candidate.environment["name"]
    counted = f"{len(found)} thing{'' if len(found) == 1 else 's'}"
    message = f"{name} has not what {candidate.workflow['slug']} needs: {counted}, each with its mend."
    return Invalid(message, code="workflow_invalid", problems=found)


async def write_promotion(held: Resources, candidate: Candidate, order: Promote, caller: Caller) -> Record:
    """Write the promotion, and move the pointer where nobody has to agree, in one transaction.

    What holds already, and what waits already, is answered as it was.
    """
    number, environment = candidate.version["version"], candidate.environment
    async with held.pool.acquire() as db, db.transaction():
        workflow = await workflows.lock_workflow(db, caller.project, str(candidate.workflow["id"]))
        if workflow is None:
            raise no_workflow()
        previous = await pointers.read_pointer(db, workflow["id"], environment["name"])
        if previous == number:
            return await store.read_moved(db, workflow["id"], environment["name"])
        if "expect_version" in order.model_fields_set and order.expect_version != previous:
            raise moved(environment["name"], previous)
        if environment["protected"] and (
            waiting := await store.find_waiting(db, workflow["id"], environment["name"], number)
        ):
            return waiting
        promotion = NewPromotion(
            id=new_id(),
            project=caller.project,
            workflow_id=workflow["id"],
            environment=environment["name"],
            version=number,
            previous=previous,
            status="waiting" if environment["protected"] else "moved",
            reason=order.reason,
            by=caller.actor.json(),
            at=now(),
        )
        return await store.write_promotion(db, promotion)


def moved(environment: str, current: int | None) -> Conflict:
    """The pointer is not where the caller saw it."""
    now_at = f"runs version {current}" if current else "runs no version"
    return Conflict(f"{environment} {now_at} by now; look again.", code="version_moved", current=current)
