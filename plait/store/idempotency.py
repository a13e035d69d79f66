"""Keys of requests that may be repeated, and the answers they got."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from plait.clock import new_id, now
from plait.store.pool import Pool
from plait.store.sql import load

KEPT = timedelta(hours=24)
AT_WORK = timedelta(minutes=2)
"""A request takes less than this; one that is still `in flight` after it died with its process."""

queries = load("idempotency")


@dataclass(frozen=True, slots=True)
class Claim:
    """A request by its key; `request_hash` is of everything that makes it another request."""

    project: str
    route: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it was given."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of a key; without an answer its first request is still at work."""

    request_hash: str
    answer: Answer | None


async def claim(pool: Pool, request: Claim) -> UUID | Earlier:
    """If the request is the first with its key, which is its own from now on, the id of what it makes: the same for
    each time that it is sent within a day.
    """
    moment = now()
    key = (request.project, request.route, request.key)
    while True:
        made = await pool.fetchval(
            queries.claim_key, *key, request.request_hash, moment, moment - KEPT, moment - AT_WORK, new_id()
        )
        if made is not None:
            return made
        row: Any = await pool.fetchrow(queries.read_key, *key)
        if row is not None:  # else it was released in between
            answer = None if row["status"] is None else Answer(row["status"], row["headers"], row["body"])
            return Earlier(row["request_hash"], answer)


async def keep(pool: Pool, request: Claim, answer: Answer) -> None:
    """Give this answer from now on."""
    await pool.execute(
        queries.keep_answer,
        request.project,
        request.route,
        request.key,
        request.request_hash,
        answer.status,
        answer.headers,
        answer.body,
    )


async def release(pool: Pool, request: Claim) -> None:
    """Let the next request with this key be the first."""
    await pool.execute(queries.release_key, request.project, request.route, request.key, request.request_hash)


async def sweep(pool: Pool) -> None:
    """Forget keys that have had their day."""
    await pool.execute(queries.sweep_keys, now() - KEPT)
