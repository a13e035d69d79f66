"""What an environment lacks for a version: the version's needs held against what is stored and running now."""

from asyncpg import Record

from api.catalogue import Offer
from api.environments.needs import Needs, There, missing, needs_of
from api.resources import Resources
from api.workflows.reader import COMPILE_SECONDS, SMALL
from interpreter.problems import Problem
from plait.clock import now
from plait.store import environments as store
from plait.store.catalogue import read_workers


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
    return list(missing(needs, there))


async def find_needs(held: Resources, definition: str, environment: str, offer: Offer) -> Needs:
    """The needs of a definition; of a large one, found aside."""
    if len(definition) <= SMALL:
        return needs_of(definition, offer.catalogue, environment)
    return await held.computer.compute(COMPILE_SECONDS, needs_of, definition, offer.catalogue, environment)
