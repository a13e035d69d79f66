"""What has a name is said anew with PUT in one way: one editor after the other, and each has seen what is there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import ClassVar, TypeVar

from fastapi import Response

from api.http.etag import matches, quoted, require_match, stale
from api.http.models import View
from interpreter.values import canonical, digest
from plait.store.naming import lock_name
from plait.store.pool import Pool
from plait.store.runs import Database


class Said(View):
    """A view of what people say by a name. `AROUND` are the fields that tell of it and are no part of it."""

    AROUND: ClassVar[frozenset[str]] = frozenset()

    @property
    def etag(self) -> str:
        """Equal for what says the same."""
        return digest(canonical(self.model_dump(mode="json", exclude=set(self.AROUND))))[:32]


Thing = TypeVar("Thing", bound=Said)


def tagged(shown: Thing, response: Response) -> Thing:
    """The answer, with the ETag that `If-Match` wants."""
    response.headers["ETag"] = quoted(shown.etag)
    return shown


@asynccontextmanager
async def editing(
    pool: Pool, *name: str, if_match: str | None, read: Callable[[Database], Awaitable[Said | None]]
) -> AsyncIterator[Database]:
    """A transaction that says anew what has this name (`project, "alias", "fast"`), while nobody else does. `read` gives
    how it is, None where it is not there yet, which needs no `If-Match`.

    To say what is there already is no edit: whoever lost the answer finds the own work done.
    Raises Refusal (`precondition_required`, `stale`), and nothing is written.
    """
    async with pool.acquire() as db, db.transaction():
        await lock_name(db, name)
        before = await read(db)
        if before is not None:
            require_match(if_match)
        yield db
        after = await read(db)
        if before is None or after is None or after.etag == before.etag or matches(if_match, before.etag):
            return
        raise stale(before, before.etag)
