"""Retention as a workflow of our own, which Temporal starts every hour: one archive after another, until none is due."""

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
)
from temporalio.common import RetryPolicy

WORKFLOW = "plait.retention"
ARCHIVE = "plait.archive_due"
SCHEDULE = "plait-retention"
EVERY = timedelta(hours=1)
ROUNDS = 200
"""Archives of one execution; the next goes on with a fresh history."""
RETRY = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5))
ARCHIVE_TIMEOUT = timedelta(hours=1)
HEARTBEAT = timedelta(seconds=60)


@workflow.defn(name=WORKFLOW)
class RetentionWorkflow:
    """Archives and purges what is due. An outage of Postgres or of the archive is waited out."""

    @workflow.run
    async def run(self) -> None:
        """Return once nothing is due."""
        for _ in range(ROUNDS):
            moved = await workflow.execute_activity(
                ARCHIVE,
                result_type=int,
                start_to_close_timeout=ARCHIVE_TIMEOUT,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RETRY,
            )
            if moved == 0:
                return
        workflow.continue_as_new()


async def keep_schedule(client: Client, task_queue: str) -> None:
    """Have Temporal start it every hour, one at a time. May be said again and by many."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(WORKFLOW, id=SCHEDULE, task_queue=task_queue),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
    )
    try:
        await client.create_schedule(SCHEDULE, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SCHEDULE).update(
            # Whoever has paused it by hand means it.
            lambda there: ScheduleUpdate(replace(schedule, state=there.description.schedule.state))
        )
