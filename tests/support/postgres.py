"""A real Postgres: one cluster a session, a database of its own for each test."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from plait.dev.postgres import APP_ROLE, OWNER, EmbeddedPostgres
from plait.store import migrate
from plait.store.pool import Pool, open_pool
from plait.store.recorder import Recorder
from tests.support.directories import server_folder

TEMPLATE = "plait_template"

# What is lost without these is lost in a power cut alone, which no test survives anyway.
FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "file_copy_method": "clone"}

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """A test's own database: `dsn` for the application, `owner_dsn` for migrations."""

    name: str
    dsn: str
    owner_dsn: str


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """The session's cluster."""
    with server_folder() as home:
        async with EmbeddedPostgres(home / "postgres", settings=FAST) as server:
            yield server


@pytest.fixture(scope="session")
async def cluster(postgres: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """A connection for what concerns the whole cluster; the migrated template is there."""
    connection = await asyncpg.connect(postgres.dsn(OWNER, "postgres"))
    await connection.execute(f"create database {TEMPLATE}")
    await migrate.up(postgres.dsn(OWNER, TEMPLATE))
    yield connection
    await connection.close()


@pytest.fixture
async def empty_database(postgres: EmbeddedPostgres, cluster: asyncpg.Connection) -> AsyncIterator[Database]:
    """A database without any table."""
    async for database in fresh(postgres, cluster, "template1"):
        yield database


@pytest.fixture
async def own_database(postgres: EmbeddedPostgres, cluster: asyncpg.Connection) -> AsyncIterator[Database]:
    """A fresh copy of the migrated template."""
    async for database in fresh(postgres, cluster, TEMPLATE):
        yield database


@pytest.fixture
def database(own_database: Database) -> str:
    """The address of the test's own database, as the application's role."""
    return own_database.dsn


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """Connections to the test's database as the application's role."""
    pool = await open_pool(database)
    yield pool
    await pool.close()


@pytest.fixture
async def recorder(pool: Pool) -> AsyncIterator[Recorder]:
    """A Recorder on the test's database."""
    async with Recorder(pool) as recorder:
        yield recorder


async def fresh(server: EmbeddedPostgres, cluster: asyncpg.Connection, template: str) -> AsyncIterator[Database]:
    """A database copied from the template, and dropped afterwards whoever is still connected."""
    name = f"plait_test_{next(_numbers)}"
    # Files are copied by the kernel, and nothing of it is logged: a fifth of what a copy page by page costs.
    await cluster.execute(f"create database {name} template {template} strategy file_copy")
    yield Database(name, server.dsn(APP_ROLE, name), server.dsn(OWNER, name))
    await cluster.execute(f"drop database if exists {name} with (force)")
