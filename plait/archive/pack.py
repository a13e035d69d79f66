"""Runs as a file, and back. The file is JSON lines in gzip, one member for each run: the whole of it can be read
with `zcat`, and a single run by its place.
"""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import orjson

from plait.errors import Invalid
from plait.store import archives as store
from plait.store.pool import Pool

BATCH_LINES = 500
BATCH_BYTES = 4 * 1024 * 1024
ROW = b'"row" : '
"""What Postgres writes before the row of a line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file a run lies, and the hash of these bytes."""

    start: int
    length: int
    sha256: str

    def json(self) -> dict[str, Any]:
        """As manifests and rows keep it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table as JSON texts, with the names of their columns."""

    table: str
    names: tuple[str, ...]
    texts: list[str]


async def write_run(pool: Pool, run_id: UUID, file: BinaryIO) -> Place | None:
    """Append a run to a file; None if there is no such run any more."""
    start, wrote = file.tell(), False
    with gzip.GzipFile("", "wb", 6, file, mtime=0) as member:
        async for lines in batches(store.lines_of(pool, run_id)):
            wrote = True
            await asyncio.to_thread(member.write, "".join(f"{line}\n" for line in lines).encode())
    if not wrote:
        file.truncate(start)
        file.seek(start)
        return None
    length = file.tell() - start
    return Place(start, length, await asyncio.to_thread(hash_part, file, start, length))


async def batches(lines: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    """Some lines at a time: compressing a few is not worth a thread, and many need room."""
    batch: list[str] = []
    size = 0
    async for line in lines:
        batch.append(line)
        size += len(line)
        if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def hash_part(file: BinaryIO, start: int, length: int) -> str:
    """The SHA-256 of a part of a file; the file stands at its end afterwards."""
    digest = hashlib.sha256()
    file.seek(start)
    while length > 0 and (part := file.read(min(length, BATCH_BYTES))):
        digest.update(part)
        length -= len(part)
    file.seek(0, 2)
    return digest.hexdigest()


def check(path: Path, place: Place) -> None:
    """Raise Invalid unless the file is what was archived at this place."""
    with path.open("rb") as file:
        if path.stat().st_size != place.length or hash_part(file, 0, place.length) != place.sha256:
            raise Invalid("The archive holds other bytes than were written: its hash differs.", code="archive_damaged")


def read_rows(path: Path) -> Iterator[Rows]:
    """The rows of an archived run, table by table in their order, some at a time."""
    with gzip.open(path, "rb") as member:
        yield from grouped(map(parse, member))


def parse(line: bytes) -> tuple[str, tuple[str, ...], str]:
    """The table of a line, the names of its columns, and the row as it was written: no number is read on the way."""
    said = orjson.loads(line)
    row = line[line.index(ROW) + len(ROW) : line.rindex(b"}")]
    return said["table"], tuple(said["row"]), row.decode()


def grouped(lines: Iterable[tuple[str, tuple[str, ...], str]]) -> Iterator[Rows]:
    """Neighbours of one table together."""
    rows, size = Rows("", (), []), 0
    for table, names, text in lines:
        if table != rows.table or len(rows.texts) >= BATCH_LINES or size >= BATCH_BYTES:
            if rows.texts:
                yield rows
            rows, size = Rows(table, names, []), 0
        rows.texts.append(text)
        size += len(text)
    if rows.texts:
        yield rows
