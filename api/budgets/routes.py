"""The routes of budgets."""

from typing import Annotated

from fastapi import Path

from api.budgets import service
from api.budgets.schemas import Budget, PutBudget
from api.http.routing import problems, slice_router
from api.http.security import CanManageModels, CanReadRuns
from api.resources import Held

router = slice_router("budgets")
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["default"])]


@router.get("/projects/{slug}/budgets")
async def get_budget(slug: Slug, caller: CanReadRuns, held: Held) -> Budget:
    """What the project may spend in this month, what it has spent, and what is set aside."""
    return await service.read_budget(held, slug, caller)


@router.put("/projects/{slug}/budgets", responses=problems("malformed_json"))
async def put_budget(slug: Slug, order: PutBudget, caller: CanManageModels, held: Held) -> Budget:
    """Set what the project may spend in a month. Over it no model is called: the runs pause, and go on once there is
    room, in the next month at the latest.
    """
    return await service.put_budget(held, slug, order, caller)
