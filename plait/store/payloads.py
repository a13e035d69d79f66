"""Values too large for a row, and files: rows of 1 MiB, committed before anything refers to them."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from plait.clock import new_id, now
from plait.errors import Invalid, NotFound
from plait.store.changes import StoredValue
from plait.store.pool import Pool
from plait.store.sql import load
from plait.store.values import INLINE_BYTES, encode, inline

CHUNK_BYTES = 1024 * 1024
VALUE_BYTES = 16 * 1024 * 1024
FILE_BYTES = 100 * 1024 * 1024

queries = load("payloads")


class ResultTooLarge(Invalid):
    """A value or a file is larger than what is stored."""

    code = "too_large"


@dataclass(frozen=True, slots=True)
class Payload:
    """What is known of a payload without reading it. `kind` is `value` (JSON) or `file`."""

    id: UUID
    kind: str
    name: str | None
    media_type: str
    size: int
    sha256: str
    created_at: datetime


class Payloads:
    """The payloads of all projects; no call ever reaches into another project than the one it names."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(self, project: str, value: Any) -> StoredValue:
        """Keep a JSON value: inline up to 8 KiB, else as a payload, committed when this returns.

        Raises ResultTooLarge above 16 MiB.
        """
        data = encode(value)
        if len(data) <= INLINE_BYTES:
            return inline(value, data)
        payload_id, sha256 = await self._insert(project, data)
        return StoredValue(size=len(data), sha256=sha256, ref=payload_id)

    async def keep(self, project: str, value: Any) -> UUID:
        """Keep a JSON value of whatever size as a payload, for somebody who is told its id at once: nothing refers
        to it, so it is swept after an hour.
        """
        payload_id, _ = await self._insert(project, encode(value))
        return payload_id

    async def _insert(self, project: str, data: bytes) -> tuple[UUID, str]:
        if len(data) > VALUE_BYTES:
            raise ResultTooLarge(
                f"A value of {len(data)} bytes is more than the {VALUE_BYTES // CHUNK_BYTES} MiB that are stored: "
                "return a file, or only what later nodes need."
            )
        sha256 = hashlib.sha256(data).hexdigest()
        payload_id = new_id()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                queries.insert_payload, payload_id, project, "value", None, "application/json", len(data), sha256, now()
            )
            chunks = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
            await connection.executemany(
                queries.insert_chunk, [(payload_id, n, chunk) for n, chunk in enumerate(chunks)]
            )
        return payload_id, sha256

    async def store_file(
        self, project: str, content: AsyncIterator[bytes], *, name: str | None = None, media_type: str
    ) -> Payload:
        """Keep a file as it streams in; raises ResultTooLarge once it passes 100 MiB.

        Each chunk is a transaction of its own, so a slow sender holds no connection. A file that
        breaks off is never referred to, and swept like any orphan.
        """
        payload_id, created_at, digest, size, n = new_id(), now(), hashlib.sha256(), 0, 0
        await self._pool.execute(
            queries.insert_payload, payload_id, project, "file", name, media_type, 0, "", created_at
        )
        async for chunk in _rechunked(content):
            size += len(chunk)
            if size > FILE_BYTES:
                await self._pool.execute(queries.delete_payload, payload_id)
                raise ResultTooLarge(f"A file may have {FILE_BYTES // CHUNK_BYTES} MiB.")
            digest.update(chunk)
            await self._pool.execute(queries.insert_chunk, payload_id, n, chunk)
            n += 1
        await self._pool.execute(queries.finish_payload, payload_id, size, digest.hexdigest())
        return Payload(payload_id, "file", name, media_type, size, digest.hexdigest(), created_at)

    async def find(self, project: str, ref: UUID) -> Payload:
        """What is known of a payload; raises NotFound, also for one of another project."""
        row = await self._pool.fetchrow(queries.find_payload, project, ref)
        if row is None:
            raise NotFound(f"There is no payload {ref}.")
        return Payload(*row.values())

    async def stream(self, project: str, ref: UUID, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes of a payload, or those from `start` to before `stop`, a chunk at a time; no
        connection is held between them.
        """
        payload = await self.find(project, ref)
        stop = payload.size if stop is None else min(stop, payload.size)
        for n in range(start // CHUNK_BYTES, -(-stop // CHUNK_BYTES)):
            chunk = await self._pool.fetchval(queries.read_chunk, ref, n)
            if chunk is None:
                raise NotFound(f"The payload {ref} was deleted while it was read.")
            yield chunk[max(start - n * CHUNK_BYTES, 0) : stop - n * CHUNK_BYTES]

    async def load(self, project: str, ref: UUID) -> Any:
        """A stored JSON value."""
        return orjson.loads(b"".join([chunk async for chunk in self.stream(project, ref)]))

    async def value(self, project: str, stored: StoredValue) -> Any:
        """The JSON value, wherever it is kept."""
        return stored.inline if stored.ref is None else await self.load(project, stored.ref)

    async def values(self, project: str, stored: Sequence[StoredValue]) -> list[Any]:
        """Many JSON values, in one query; raises NotFound if one of them is gone."""
        refs = [each.ref for each in stored if each.ref is not None]
        rows = await self._pool.fetch(queries.read_values, project, refs) if refs else []
        data = {row["id"]: row["data"] for row in rows}
        if missing := [ref for ref in refs if ref not in data]:
            raise NotFound(f"There is no payload {missing[0]}.")
        return [each.inline if each.ref is None else orjson.loads(data[each.ref]) for each in stored]

    async def sweep(self, before: datetime) -> int:
        """Delete payloads older than `before` that no run refers to; how many were deleted.

        Between a payload's commit and that of its reference lie seconds: sweep what is older than an hour.
        """
        return await self._pool.fetchval(queries.sweep, before)


async def _rechunked(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in chunks of exactly 1 MiB but for the last."""
    waiting = bytearray()
    async for part in content:
        waiting += part
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)
