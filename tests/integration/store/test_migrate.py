"""What migrations promise: forwards and backwards, once, by one process at a time."""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator

import asyncpg
import pytest

from plait.dev.postgres import wheel_binaries
from plait.errors import NotReady
from plait.store import migrate
from plait.store.migrate import LATEST, MIGRATIONS, Migration
from plait.store.pool import Pool, open_pool
from tests.support.postgres import Database

FIRST = Migration(1, "first", "create table things (id integer primary key, name text);", "drop table things;")
INDEX = Migration(
    2,
    "index",
    "-- no-transaction\ncreate index concurrently things_by_name on things (name)",
    "-- no-transaction\ndrop index concurrently things_by_name",
)


@pytest.fixture
async def owner(empty_database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(empty_database.owner_dsn)
    yield connection
    await connection.close()


async def dump(database: Database) -> str:
    """The schema as text; without what pg_dump invents anew each time."""
    command = [str(wheel_binaries() / "pg_dump"), "--schema-only", database.owner_dsn]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    return re.sub(r"^\\(un)?restrict .*$", "", done.stdout, flags=re.MULTILINE)


async def test_up_down_and_up_again_is_the_same_schema(empty_database: Database) -> None:
    names = [f"{migration.version:04}_{migration.name}" for migration in MIGRATIONS]
    assert await migrate.up(empty_database.owner_dsn) == names
    first = await dump(empty_database)
    assert await migrate.down(empty_database.owner_dsn, 0) == names[::-1]
    bare = await dump(empty_database)
    assert "workflow" not in bare
    assert "FUNCTION" not in bare
    await migrate.up(empty_database.owner_dsn)
    assert await dump(empty_database) == first


async def test_many_runners_at_once_apply_each_file_once(empty_database: Database) -> None:
    applied = await asyncio.gather(*(migrate.up(empty_database.owner_dsn) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, LATEST]


async def test_runners_at_once_do_not_stop_an_index_that_is_built_concurrently(empty_database: Database) -> None:
    both = (FIRST, INDEX)
    applied = await asyncio.gather(*(migrate.up(empty_database.owner_dsn, migrations=both) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, 2]
    assert await migrate.down(empty_database.owner_dsn, 1, migrations=both) == ["0002_index"]


async def test_a_file_that_fails_leaves_nothing_of_itself(empty_database: Database, owner: asyncpg.Connection) -> None:
    broken = Migration(2, "broken", "create table half (id integer); select 1 / 0;", "drop table half;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.up(empty_database.owner_dsn, migrations=(FIRST, broken))
    assert await owner.fetchval("select to_regclass('half')") is None
    assert (await migrate.status(empty_database.owner_dsn, migrations=(FIRST, broken))).pending == ("0002_broken",)


async def test_a_file_that_was_changed_after_it_was_applied_is_refused(empty_database: Database) -> None:
    await migrate.up(empty_database.owner_dsn, migrations=(FIRST,))
    changed = Migration(1, "first", FIRST.up + " -- changed", FIRST.down)
    with pytest.raises(NotReady, match="0001_first differs"):
        await migrate.up(empty_database.owner_dsn, migrations=(changed,))


async def test_a_database_of_a_newer_plait_is_refused(empty_database: Database) -> None:
    await migrate.up(empty_database.owner_dsn, migrations=(FIRST, INDEX))
    with pytest.raises(NotReady, match="newer than this Plait"):
        await migrate.up(empty_database.owner_dsn, migrations=(FIRST,))


async def test_status_changes_nothing(empty_database: Database, owner: asyncpg.Connection) -> None:
    status = await migrate.status(empty_database.owner_dsn)
    assert (status.version, len(status.pending)) == (0, LATEST)
    assert await owner.fetchval("select to_regclass('schema_migrations')") is None


async def test_the_application_reads_and_writes_tables_but_changes_none(pool: Pool) -> None:
    assert await pool.fetchval("select count(*) from projects") == 1
    role = await pool.fetchrow(
        "select rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user"
    )
    assert role
    assert not any(role)
    for statement in ("create table mine ()", "drop table gates", "delete from schema_migrations", "truncate gates"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_other_processes_wait_for_the_schema_and_say_what_to_run(
    empty_database: Database, owner: asyncpg.Connection
) -> None:
    pool = await open_pool(empty_database.dsn)
    with pytest.raises(NotReady, match=r"has schema 0 .* run `plait migrate up`"):
        await migrate.wait_for_schema(pool, 0.1)
    waiting = asyncio.create_task(migrate.wait_for_schema(pool, 20))
    await migrate.up(empty_database.owner_dsn)
    await waiting
    await pool.close()


def test_the_server_is_the_wheels_own() -> None:
    assert os.access(wheel_binaries() / "postgres", os.X_OK)
