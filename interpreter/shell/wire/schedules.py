"""What crosses for schedules: a time has come, and a run is to start and to be waited for."""

from dataclasses import dataclass

SCHEDULE = "plait.schedule"
"""The workflow that Temporal starts at each time of a schedule."""
START_SCHEDULED, LOAD_SCHEDULED, CANCEL_SCHEDULED = (
    "plait.start_scheduled",
    "plait.load_scheduled",
    "plait.cancel_scheduled",
)
"""All may be asked for as local activities."""

SIGNAL_ENDED = "ended"
"""The run that the workflow waits for has ended; its row says how."""


def schedule_id(schedule: str) -> str:
    """Temporal's id of a schedule. Its workflows are called so too, with the time behind."""
    return f"schedule:{schedule}"


@dataclass(slots=True)
class ScheduleInput:
    """What the workflow starts with. `revision` tells which state of its row Temporal has; `open_mode` is
    handed on to the run.
    """

    schedule: str
    project: str
    revision: int = 0
    open_mode: bool = False


@dataclass(slots=True)
class StartScheduled:
    """Start the run of a schedule's time `at`, or find that it was started; then `workflow` waits for it."""

    schedule: str
    project: str
    at: str
    workflow: str
    open_mode: bool = False


@dataclass(slots=True)
class FollowScheduled:
    """Look whether the run has ended, or have it cancelled."""

    schedule: str
    project: str
    run_id: str


@dataclass(slots=True)
class ScheduledRun:
    """The run of one time, and how it stands; `refusal` is the code of what kept it from starting."""

    run_id: str | None = None
    status: str | None = None
    ended: bool = True
    refusal: str | None = None
