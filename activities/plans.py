"""The plans that this process works with, by hash."""

import asyncio

from interpreter.plan.definition import load_plan
from interpreter.plan.model import Plan
from plait.errors import NotFound
from plait.store.pool import Pool
from plait.store.tasks import find_definition

KEPT = 256


class Plans:
    """Reads a definition once; a worker of activities alone has never seen it in a workflow.

    A large one takes a second to compile, in which the worker's other activities go on.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._plans: dict[str, Plan] = {}
        self._loading = asyncio.Lock()

    async def find(self, project: str, plan_hash: str) -> Plan:
        """The plan. Raises NotFound if its version was deleted."""
        if (plan := self._plans.get(plan_hash)) is not None:
            return plan
        async with self._loading:
            # Many nodes of a run ask for it at once, and the first of them has it by now.
            return self._plans.get(plan_hash) or await self._load(project, plan_hash)

    async def _load(self, project: str, plan_hash: str) -> Plan:
        definition = await find_definition(self._pool, project, plan_hash)
        if definition is None:
            raise NotFound(f"there is no version with the plan {plan_hash}")
        return await self.load(definition, plan_hash)

    async def load(self, definition: str, plan_hash: str) -> Plan:
        """The plan of a definition that is at hand."""
        plan = self._plans[plan_hash] = await asyncio.to_thread(load_plan, definition, plan_hash)
        if len(self._plans) > KEPT:
            del self._plans[next(iter(self._plans))]
        return plan
