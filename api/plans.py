"""Compiled plans of stored versions, for whoever reads runs: made once a process and hash."""

import asyncio
from collections import OrderedDict

from interpreter.plan.definition import load_plan
from interpreter.plan.model import Plan
from plait.errors import NotFound
from plait.store import runs as store
from plait.store.runs import Database

MOST = 256


class Plans:
    """A bounded cache by hash. A miss costs one more query; a plan never changes."""

    def __init__(self) -> None:
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    async def of(self, db: Database, project: str, plan_hash: str) -> Plan:
        """The plan that this hash stands for."""
        if plan_hash in self._plans:
            self._plans.move_to_end(plan_hash)
            return self._plans[plan_hash]
        definition = await store.read_definition(db, project, plan_hash)
        if definition is None:
            raise NotFound("The version that this run executed is gone.")
        return await self.load(definition, plan_hash)

    async def load(self, definition: str, plan_hash: str) -> Plan:
        """The plan of a definition that is at hand; a large one must not hold up other requests."""
        plan = await asyncio.to_thread(load_plan, definition, plan_hash)
        self._plans[plan_hash] = plan
        while len(self._plans) > MOST:
            self._plans.popitem(last=False)
        return plan
