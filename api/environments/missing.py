"""What an environment lacks for a version: the version's needs held against what is stored and running now."""

import json

from asyncpg import Record

from api.catalogue import Offer, needs_in
from api.environments.needs import Needs, There, missing, needs_of
from api.resources import Resources
from api.workflows.reader import COMPILE_SECONDS, SMALL
from interpreter.problems import Problem
from plait.clock import now
from plait.settings import SECRET_PREFIX, secrets_for
from plait.store import environments as store
from plait.store.catalogue import read_workers
from plait.store.tools import find_calls
from plait.tools.templates import secrets_in


async def missing_there(
    held: Resources, project: str, version: Record, environment: str, offer: Offer
) -> list[Problem]:
    """What the environment lacks for this version."""
    needs = await find_needs(held, version["definition"], environment, offer)
    rows = await store.list_variables(held.pool, project, environment)
    workers = await read_workers(held.pool, now=now())
    promoted: set[tuple[str, str]] = set()
    for name in dict.fromkeys(need.environment for need in needs.workflows):
        slugs = [need.name for need in needs.workflows if need.environment == name]
        promoted |= {(name, slug) for slug in await store.list_promoted(held.pool, project, name, slugs)}
    there = There(
        environment,
        {row["name"]: row["value"] for row in rows},
        frozenset(secret for worker in workers for secret in worker.info.get("secrets", ())),
        frozenset(promoted),
    )
    return [*missing(needs, there), *await secrets_of_tools(held, project, version["definition"], there)]


async def secrets_of_tools(held: Resources, project: str, definition: str, there: There) -> list[Problem]:
    """The secrets that stored tools of the version name, and that no running worker has."""
    used = {need.name: need for need in needs_in(json.loads(definition)["document"]) if need.kind == "tool"}
    known = secrets_for(there.environment, dict.fromkeys(there.secrets, ""))
    return [
        Problem(
            "secret_not_set",
            f"No worker that is running now has the secret {secret}, which the tool {name} names.",
            used[name].path,
            used[name].node,
            f"Set {SECRET_PREFIX}{secret} for the workers.",
        )
        for name, call in (await find_calls(held.pool, project, used)).items()
        for secret in sorted(secrets_in(call.model_dump()))
        if secret not in known
    ]


async def find_needs(held: Resources, definition: str, environment: str, offer: Offer) -> Needs:
    """The needs of a definition; of a large one, found aside."""
    if len(definition) <= SMALL:
        return needs_of(definition, offer.catalogue, environment)
    return await held.computer.compute(COMPILE_SECONDS, needs_of, definition, offer.catalogue, environment)
