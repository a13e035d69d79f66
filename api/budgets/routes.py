"""The routes of budgets."""

from typing import Annotated

from fastapi import Path, Response

from api.budgets import service
from api.budgets.schemas import Budget, PutBudget
from api.http.editing import tagged
from api.http.etag import IfMatch
from api.http.routing import problems, slice_router
from api.http.security import CanManageModels, CanReadRuns
from api.resources import Held

router = slice_router("budgets")
Slug = Annotated[str, Path(max_length=63, examples=["default"])]


@router.get("/projects/{slug}/budgets")
async def get_budget(slug: Slug, caller: CanReadRuns, held: Held, response: Response) -> Budget:
    """What the project may spend in this month, what it has spent, and what is set aside.

    Its ETag, of what it may spend, is what `If-Match` wants.
    """
    return tagged(await service.read_budget(held, slug, caller), response)


@router.put("/projects/{slug}/budgets", responses=problems("malformed_json", "precondition_required", "stale"))
async def put_budget(
    slug: Slug, order: PutBudget, caller: CanManageModels, held: Held, response: Response, if_match: IfMatch = None
) -> Budget:
    """Set what the project may spend in a month. Over it no model is called: the runs pause, and go on once there is
    room, in the next month at the latest. A budget that is set wants `If-Match`.
    """
    return tagged(await service.put_budget(held, slug, order, caller, if_match), response)
