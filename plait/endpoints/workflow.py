"""One delivery as a workflow: it tries until the message is taken, with longer and longer pauses, for about a day.

Temporal keeps it going over restarts; each attempt is one activity, which writes down how it went.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

WORKFLOW = "plait.deliver"
ATTEMPT = "plait.attempt_delivery"
QUEUE = "plait-deliveries"
"""A queue of its own: an endpoint that does not answer keeps no node of a run waiting."""
ATTEMPTS = 11
ATTEMPT_SECONDS = 60
RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=5),
    backoff_coefficient=4.0,
    maximum_interval=timedelta(hours=5),
    maximum_attempts=ATTEMPTS,
)
"""5 s, 20 s, 80 s, 5 min, 21 min, 85 min, then every 5 hours: 22 hours in all."""


@dataclass(frozen=True, slots=True)
class DeliveryOrder:
    """Which delivery. What is sent where is in its rows."""

    project: str
    delivery_id: str


def delivery_workflow_id(delivery_id: str, rounds: int) -> str:
    """Temporal's id of one round of a delivery."""
    return f"delivery:{delivery_id}:{rounds}"


@workflow.defn(name=WORKFLOW)
class DeliveryWorkflow:
    """Goes on until an attempt says how it ended."""

    @workflow.run
    async def run(self, order: DeliveryOrder) -> str:
        """The status that the delivery then has."""
        return await workflow.execute_activity(
            ATTEMPT,
            order,
            result_type=str,
            start_to_close_timeout=timedelta(seconds=ATTEMPT_SECONDS),
            retry_policy=RETRY,
        )
