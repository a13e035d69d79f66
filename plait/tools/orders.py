"""What the API asks a worker to do with tools: it has the secrets, and the way out. A small workflow for each order.

The order and its answer are payloads: a workflow's history names them, and holds neither arguments nor results.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

WORKFLOW = "plait.tool"
ACTIVITY = "plait.use_tool"
LONGEST = timedelta(seconds=60)
"""A call by hand is given up after this."""
UNANSWERED = timedelta(seconds=15)
"""So long it may wait for a worker."""


@dataclass(frozen=True, slots=True)
class ToolOrder:
    """Where the order lies."""

    project: str
    payload: str


@workflow.defn(name=WORKFLOW)
class ToolWorkflow:
    """Has a worker do it, once."""

    @workflow.run
    async def run(self, order: ToolOrder) -> str:
        """The payload that is the answer."""
        return await workflow.execute_activity(
            ACTIVITY,
            order,
            result_type=str,
            schedule_to_start_timeout=UNANSWERED,
            start_to_close_timeout=LONGEST + timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )
