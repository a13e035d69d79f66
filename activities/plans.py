"""The plans that this process works with, by hash."""

from interpreter.plan.definition import load_plan
from interpreter.plan.model import Plan
from plait.errors import NotFound
from plait.store.pool import Pool
from plait.store.tasks import find_definition

KEPT = 256


class Plans:
    """Reads a definition once; a worker of activities alone has never seen it in a workflow."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._plans: dict[str, Plan] = {}

    async def find(self, project: str, plan_hash: str) -> Plan:
        """The plan. Raises NotFound if its version was deleted."""
        plan = self._plans.get(plan_hash)
        if plan is None:
            definition = await find_definition(self._pool, project, plan_hash)
            if definition is None:
                raise NotFound(f"there is no version with the plan {plan_hash}")
            plan = self._plans[plan_hash] = load_plan(definition, plan_hash)
            if len(self._plans) > KEPT:
                del self._plans[next(iter(self._plans))]
        return plan
