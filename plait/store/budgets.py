"""The monthly budgets of projects."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("budgets")


async def read_budget(db: Database, project: str, at: datetime) -> Record:
    """`month, cost_usd, tokens, alert_at, by, at` and what of the month is spent and reserved."""
    row = await db.fetchrow(queries.read_budget, project, at)
    assert row is not None, "reading always gives a row"
    return row


async def put_budget(
    db: Database,
    project: str,
    cost_usd: Decimal | None,
    tokens: int | None,
    alert_at: Sequence[Decimal],
    by: dict[str, str],
    at: datetime,
) -> None:
    """Set the limits, from now on. Shares that are spent already are told of with the next call."""
    await db.execute(queries.put_budget, project, cost_usd, tokens, list(alert_at), by, at)
