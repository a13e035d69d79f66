"""Connections to Postgres: jsonb as Python values, every wait bounded."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson

from plait.errors import Unavailable

ACQUIRE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 30.0

_JSONB_VERSION = b"\x01"

# Postgres says these of itself (going down, coming up, out of room, or having had to choose between
# two transactions), never of a statement: the same statement may succeed later.
_OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    asyncpg.InternalClientError,
    Unavailable,
)


def is_outage(error: BaseException) -> bool:
    """Whether Postgres is away for now, rather than the statement wrong."""
    if isinstance(error, asyncpg.InterfaceError):
        # The driver says both "the connection is closed" and "this value does not fit" with it;
        # the second kind is a ValueError as well.
        return not isinstance(error, ValueError)
    return isinstance(error, _OUTAGES)


class Pool(asyncpg.Pool):
    """A pool whose wait for a connection is bounded and ends in `Unavailable`.

    It needs no help after a restart of Postgres: dead connections are dropped and made anew.
    """

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109 - asyncpg's signature
        # Every way to a connection (`acquire`, `fetch`, ...) ends here.
        try:
            return await super()._acquire(ACQUIRE_SECONDS if timeout is None else timeout)  # pyright: ignore[reportAttributeAccessIssue] - not in the stubs
        except TimeoutError as error:
            raise Unavailable("Postgres has no connection free; try again in a moment.") from error
        except Exception as error:
            if is_outage(error):
                raise Unavailable("Postgres does not answer; try again in a moment.") from error
            raise


async def open_pool(dsn: str, *, size: int = 10) -> Pool:
    """A pool of at most `size` connections; the first is made now, so a wrong address shows here."""
    pool = Pool(
        dsn,
        min_size=0,  # asyncpg would log a traceback for each connection that it fails to keep open
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300,
        connect=None,
        setup=None,
        init=prepare_connection,
        reset=_leave_session,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings={
            "application_name": "plait",
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": "60s",
        },
    )
    await pool
    try:
        await pool.fetchval("select 1")
    except BaseException:
        await pool.close()
        raise
    return pool


async def prepare_connection(connection: Any) -> None:
    """Read and write jsonb as Python values."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_encode_jsonb, decoder=_decode_jsonb
    )


def to_json(value: Any) -> bytes:
    """JSON of values that may hold times and ids of rows."""
    return orjson.dumps(value, default=_encode_id)


async def _leave_session(connection: Any) -> None:
    """Nothing sets session state through the pool: locks and LISTEN have connections of their own. So
    the query that undoes it, a round trip for every use of a connection, is left out. An open
    transaction is rolled back before this is called.
    """


def _encode_jsonb(value: Any) -> bytes:
    return _JSONB_VERSION + to_json(value)


def _encode_id(value: object) -> str:
    # A UUID that came out of Postgres is of the driver's own class, which orjson does not know.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _decode_jsonb(data: bytes) -> Any:
    return orjson.loads(data[1:])
