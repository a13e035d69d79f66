"""Archiving, purging and restoring ended runs. Whoever is killed on the way leaves what the next one goes on with:

claimed -> written -> hashed at its place -> complete -> purged

Nothing is purged before its archive is complete, and an archive is complete only once its hash was read back.
"""

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from plait.archive.files import ArchiveFiles
from plait.archive.pack import BATCH_BYTES, Place, check, read_rows, write_run
from plait.clock import new_id, now, rfc3339
from plait.errors import Conflict, Invalid, NotFound, Unavailable
from plait.settings import Settings
from plait.store import archives as store
from plait.store.archives import Terms
from plait.store.pool import Pool

RUNS = 50
"""In one file."""
CLAIM = timedelta(minutes=10)
"""How long a writer may be silent before another begins anew."""
RESTORED = timedelta(days=7)
"""How long a restored run has its rows."""


@dataclass(frozen=True, slots=True)
class Archiver:
    """Archives into `files`; without them nothing is archived, so nothing is purged."""

    pool: Pool
    files: ArchiveFiles
    terms: Terms

    async def archive_due(self) -> int:
        """Finish what somebody left, else archive some runs whose time is over; how many runs moved. 0: none is due."""
        at = now()
        if left := await store.claim_unfinished(self.pool, at, at + CLAIM):
            return await self._write(left) + await self._purge()
        purged = await self._purge()
        if purged:
            return purged
        due = await store.list_due(self.pool, await store.list_terms(self.pool), self.terms, at, RUNS)
        if not due:
            return 0
        project = due[0]["project"]
        runs = [row["id"] for row in due if row["project"] == project]
        begun = await store.begin_archive(self.pool, new_id(), project, runs, at, at + CLAIM)
        return len(runs) if begun is None else await self._write(begun) + await self._purge()

    async def archive_run(self, project: str, run_id: UUID) -> bool:
        """Archive and purge one ended run now. False while another writes its archive: ask again later."""
        row = await self._read(project, run_id)
        if row["purged_at"] is not None:
            return True
        at = now()
        if row["archive_id"] is None:
            writing = await store.begin_archive(self.pool, new_id(), project, [run_id], at, at + CLAIM)
            if writing is None and (await self._read(project, run_id))["archive_id"] is None:
                raise Conflict(f"The run is {row['status']}; only an ended run is archived.", run_status=row["status"])
        elif row["archive_status"] == "writing":
            writing = await store.claim_unfinished(self.pool, at, at + CLAIM, row["archive_id"])
        else:
            return await store.purge_run(self.pool, run_id, at)
        if writing is None:
            return False
        await self._write(writing)
        return await store.purge_run(self.pool, run_id, now())

    async def restore_run(self, project: str, run_id: UUID) -> bool:
        """Put a purged run's rows back, for reading. False if it has them."""
        row = await self._read(project, run_id)
        if row["purged_at"] is None:
            return False
        if row["file"] is None or row["place"] is None:
            raise NotFound("No archive has this run.")
        with tempfile.TemporaryDirectory(prefix="plait-restore-") as folder:
            member = Path(folder) / "run"
            await self._fetch(row["file"], Place(**row["place"]), member)
            async with self.pool.acquire() as db, db.transaction():
                if await store.lock_purged(db, project, run_id):
                    for rows in read_rows(member):
                        await store.put_back(db, rows.table, rows.texts, rows.names, now())
        return True

    async def _read(self, project: str, run_id: UUID) -> Any:
        row = await store.find_archived(self.pool, project, run_id)
        if row is None:
            raise NotFound("There is no such run.")
        return row

    async def _write(self, archive: Any) -> int:
        """Write an archive's file, see it there, and call it complete; how many runs it has."""
        name = f"{archive['project']}/{archive['created_at']:%Y-%m-%d}/{archive['id']}.{archive['attempt']}"
        with tempfile.TemporaryDirectory(prefix="plait-archive-") as folder:
            path = Path(folder) / "pack"
            places = await self._pack(archive, path)
            if not places:
                await store.drop_archive(self.pool, archive)
                return 0
            digest = await asyncio.to_thread(sha256_of, path)
            file, size = f"{name}.jsonl.gz", path.stat().st_size
            await self.files.put(file, path)
        if await self.files.sha256(file) != digest:
            raise Unavailable("The archive gave back other bytes than it was given; it is written again.")
        runs = {str(run): place.json() for run, place in places.items()}
        await self.files.put(f"{name}.manifest.json", manifest(archive, file, size, digest, runs))
        await store.complete_archive(self.pool, archive, file, size, digest, runs, now())
        return len(runs)

    async def _pack(self, archive: Any, path: Path) -> dict[UUID, Place]:
        places: dict[UUID, Place] = {}
        with path.open("w+b") as file:
            for run in await store.list_runs_of(self.pool, archive["id"]):
                if not await store.renew_claim(self.pool, archive["id"], archive["attempt"], now() + CLAIM):
                    raise Unavailable("Another process writes this archive by now.")
                if (place := await write_run(self.pool, run, file)) is not None:
                    places[run] = place
        return places

    async def _purge(self) -> int:
        """Purge some of what lies in complete archives."""
        at = now()
        runs = await store.find_unpurged(self.pool, at - RESTORED, RUNS)
        return sum([await store.purge_run(self.pool, run, at) for run in runs])

    async def _fetch(self, file: str, place: Place, path: Path) -> None:
        with path.open("wb") as member:
            async for part in self.files.read(file, place.start, place.length):
                member.write(part)
        try:
            await asyncio.to_thread(check, path, place)
        except Invalid as error:
            raise Invalid(f"{error} The run cannot be restored from {file}.", code=error.code) from error


def manifest(archive: Any, file: str, size: int, digest: str, runs: dict[str, Any]) -> bytes:
    """What is in an archive, for who has the files alone."""
    said = {
        "format": 1,
        "plait": version("plait"),
        "archive": str(archive["id"]),
        "project": archive["project"],
        "created_at": rfc3339(archive["created_at"]),
        "file": file,
        "bytes": size,
        "sha256": digest,
        "runs": runs,
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2)


def sha256_of(path: Path) -> str:
    """The hash of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(BATCH_BYTES):
            digest.update(part)
    return digest.hexdigest()


def terms_of(settings: Settings) -> Terms:
    """How long runs are kept whose workflow does not say."""
    failed = settings.retention_days if settings.retention_days_failed is None else settings.retention_days_failed
    return Terms(timedelta(days=settings.retention_days), timedelta(days=failed))
