"""Reading and setting the budget of a project."""

from decimal import Decimal

from api.budgets.schemas import Budget, PutBudget
from api.http.editing import editing
from api.http.models import ActorView
from api.resources import Resources
from api.runs.schemas import Tokens
from plait.auth import Caller
from plait.clock import now
from plait.errors import NotFound
from plait.store.budgets import put_budget as store_budget
from plait.store.budgets import read_budget as stored_budget
from plait.store.runs import Database


async def read_budget(held: Resources, slug: str, caller: Caller) -> Budget:
    """The project's budget of this month."""
    if slug != caller.project:
        raise NotFound("There is no such project.")
    return await _read(held.pool, slug)


async def _read(db: Database, slug: str) -> Budget:
    row = await stored_budget(db, slug, now())
    return Budget(
        project=slug,
        month=f"{row['month']:%Y-%m}",
        cost_usd=None if row["cost_usd"] is None else f"{row['cost_usd']:f}",
        tokens=row["tokens"],
        alert_at=[float(share) for share in row["alert_at"]],
        spent_usd=f"{row['spent_usd']:f}",
        spent_tokens=Tokens(input=row["input_tokens"], output=row["output_tokens"]),
        unknown_costs=row["unknown_costs"],
        reserved_usd=f"{row['reserved_usd']:f}",
        reserved_tokens=row["reserved_tokens"],
        changed_by=ActorView(**row["by"]) if row["by"] else None,
        changed_at=row["at"],
    )


async def put_budget(held: Resources, slug: str, order: PutBudget, caller: Caller, if_match: str | None) -> Budget:
    """Set the budget. Runs that wait for money go on by themselves once there is room."""
    if slug != caller.project:
        raise NotFound("There is no such project.")
    shares = sorted({Decimal(str(share)) for share in order.alert_at})
    cost = None if order.cost_usd is None else Decimal(str(order.cost_usd))

    async def read(db: Database) -> Budget | None:
        budget = await _read(db, slug)
        return None if budget.changed_at is None else budget

    async with editing(held.pool, slug, "budget", if_match=if_match, read=read) as db:
        await store_budget(db, slug, cost, order.tokens, shares, caller.actor.json(), now())
    return await read_budget(held, slug, caller)
