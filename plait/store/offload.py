"""What an execution of a run holds that is too large for Temporal's history: kept with the payloads."""

import hashlib
from uuid import UUID, uuid5

from plait.clock import now
from plait.errors import NotFound
from plait.store.payloads import CHUNK_BYTES
from plait.store.payloads import queries as payloads
from plait.store.pool import Pool
from plait.store.sql import load

queries = load("offload")


class Offload:
    """Keeps bytes for as long as their run is kept. No request ever reads them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(self, run_id: UUID, data: bytes) -> UUID:
        """Keep the data, committed when this returns; raises NotFound if there is no such run.

        The same data of a run is kept once: a step that Temporal does not take is made again and again.
        """
        size, sha256 = len(data), hashlib.sha256(data).hexdigest()
        kept = uuid5(run_id, sha256)
        async with self._pool.acquire() as connection, connection.transaction():
            (done,) = await connection.fetch(queries.insert_offloaded, run_id, kept, size, sha256, now())
            if not done["there"]:
                raise NotFound(f"There is no run {run_id}.")
            if done["added"]:
                chunks = [data[at : at + CHUNK_BYTES] for at in range(0, size, CHUNK_BYTES)]
                await connection.executemany(payloads.insert_chunk, [(kept, n, part) for n, part in enumerate(chunks)])
                await connection.execute(payloads.refer, kept, run_id)
        return kept

    async def load(self, kept: UUID) -> bytes:
        """The data; raises NotFound if it was deleted with its run."""
        rows = await self._pool.fetch(queries.read_offloaded, kept)
        if not rows:
            raise NotFound(f"There is nothing kept as {kept}.")
        return b"".join(row["data"] for row in rows)
