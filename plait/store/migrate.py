"""The schema: numbered files, each applied once, forwards and backwards, by one process at a time.

Only `plait migrate` and `plait dev` run them; every other process waits for the schema it needs.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any

import asyncpg

from plait.errors import NotReady
from plait.store.pool import Pool, is_outage
from plait.store.sql import load

APP_ROLE = "plait_app"
LOCK = 0x706C616974  # "plait"
LOCK_SECONDS = 120.0
_POLL_SECONDS = 0.1
_SAY_EVERY_SECONDS = 10.0

logger = logging.getLogger("plait.store")
_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.up\.sql$")
_NO_TRANSACTION = "-- no-transaction"

queries = load("migrate")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. `checksum` is of the up file: what was applied must not change."""

    version: int
    name: str
    up: str
    down: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.up.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database is: what is applied, and what is not yet."""

    version: int
    applied: tuple[str, ...]
    pending: tuple[str, ...]


def packaged() -> tuple[Migration, ...]:
    """The migrations that ship with this Plait, oldest first."""
    folder = resources.files("plait.store") / "migrations"
    found: list[Migration] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if named := _FILE.match(file.name):
            down = folder / file.name.replace(".up.sql", ".down.sql")
            found.append(Migration(int(named[1]), named[2], file.read_text("utf-8"), down.read_text("utf-8")))
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations are numbered from 0001 without a gap")
    return tuple(found)


MIGRATIONS = packaged()
LATEST = len(MIGRATIONS)


async def up(
    dsn: str, to: int | None = None, *, migrations: tuple[Migration, ...] = MIGRATIONS, app_password: str | None = None
) -> list[str]:
    """Apply what is missing up to `to`, as the owner; returns the names of what was applied.

    The application's role is made if it is missing, with `app_password`, and gets its rights each
    time; one that is there has a password that an owner need not be able to change.
    """
    done: list[str] = []
    async with _alone(dsn) as connection:
        applied = await _applied(connection, migrations)
        await _grant(connection, app_password)
        for migration in migrations[len(applied) : to]:
            await _step(connection, migration.up, queries.record_migration, migration)
            done.append(f"{migration.version:04}_{migration.name}")
    return done


async def down(dsn: str, to: int, *, migrations: tuple[Migration, ...] = MIGRATIONS) -> list[str]:
    """Take back what is newer than `to`, newest first; returns the names of what was taken back."""
    done: list[str] = []
    async with _alone(dsn) as connection:
        applied = await _applied(connection, migrations)
        for migration in reversed(migrations[to : len(applied)]):
            await _step(connection, migration.down, queries.forget_migration, migration)
            done.append(f"{migration.version:04}_{migration.name}")
    return done


async def status(dsn: str, *, migrations: tuple[Migration, ...] = MIGRATIONS) -> Status:
    """What is applied and what is pending. Changes nothing."""
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        version = await schema_version(connection)
    finally:
        await connection.close()
    names = tuple(f"{migration.version:04}_{migration.name}" for migration in migrations)
    return Status(version, applied=names[:version], pending=names[version:])


async def schema_version(connection: Any) -> int:
    """The newest applied migration; 0 for an empty database. Takes a connection or a pool."""
    if not await connection.fetchval(queries.has_table):
        return 0
    return await connection.fetchval(queries.read_version)


async def wait_for_schema(pool: Pool, within: float = 60.0) -> None:
    """Return when the database has at least the schema that this Plait needs; else raise NotReady."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    said = float("-inf")
    while True:
        try:
            version = await schema_version(pool)
            problem = f"the database has schema {version} and this Plait needs {LATEST}: run `plait migrate up`."
        except Exception as error:
            if not is_outage(error):
                raise
            version, problem = -1, f"Postgres does not answer ({error})."
        if version >= LATEST:
            return
        if loop.time() > deadline:
            raise NotReady(f"After {within:g} s {problem}")
        if loop.time() > said + _SAY_EVERY_SECONDS:
            logger.warning("waiting: %s", problem)
            said = loop.time()
        await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def _alone(dsn: str) -> AsyncIterator[Any]:
    """A connection that holds the migration lock.

    The lock is polled: who waits inside `pg_advisory_lock` holds a snapshot, and
    `create index concurrently` of the one who has the lock would wait for it for ever.
    """
    connection = await asyncpg.connect(dsn, timeout=5, server_settings={"lock_timeout": "10s", "timezone": "UTC"})
    try:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LOCK_SECONDS
        while not await connection.fetchval(queries.try_lock, LOCK):
            if loop.time() > deadline:
                raise NotReady(f"Another process has been migrating this database for {LOCK_SECONDS:g} s: wait for it.")
            await asyncio.sleep(_POLL_SECONDS)
        yield connection
    finally:
        await connection.close()


async def _applied(connection: Any, migrations: tuple[Migration, ...]) -> list[int]:
    """The versions that are applied, after checking that they are the ones we ship."""
    await connection.execute(queries.create_table)
    rows = await connection.fetch(queries.read_applied)
    if len(rows) > len(migrations):
        raise NotReady(
            f"The database has schema {len(rows)}, newer than this Plait ({len(migrations)}): upgrade Plait."
        )
    for row, migration in zip(rows, migrations, strict=False):
        if row["checksum"] != migration.checksum:
            raise NotReady(
                f"Migration {migration.version:04}_{migration.name} differs from the one that was applied: "
                "restore the file, and put the change into a new migration."
            )
    return [row["version"] for row in rows]


async def _step(connection: Any, text: str, record: str, migration: Migration) -> None:
    """One file and its record: together, or one after the other where the statement forbids a transaction."""
    arguments = (migration.version, migration.name, migration.checksum)
    try:
        if text.startswith(_NO_TRANSACTION):
            await connection.execute(text)
            await connection.execute(record, *arguments)
        else:
            async with connection.transaction():
                await connection.execute(text)
                await connection.execute(record, *arguments)
    except asyncpg.LockNotAvailableError as error:
        raise NotReady(
            f"Migration {migration.version:04}_{migration.name} waited 10 s for a table in use: "
            "nothing was changed by it; run it again at a quieter moment."
        ) from error


async def _grant(connection: Any, app_password: str | None) -> None:
    """The application may read and write every table, and change none."""
    async with connection.transaction():
        if not await connection.fetchval(queries.has_role, APP_ROLE):
            try:
                await connection.execute(queries.create_role)
            except asyncpg.InsufficientPrivilegeError as error:
                raise NotReady(
                    f"The role {APP_ROLE} is missing and this one may not make it: as a superuser run "
                    f"`create role {APP_ROLE} login password '...'`."
                ) from error
            if app_password is not None:
                await connection.execute(await connection.fetchval(queries.set_password, APP_ROLE, app_password))
        await connection.execute(queries.grant_rights)
