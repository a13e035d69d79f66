"""Writing an import's schedules, in the one transaction of it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from asyncpg import Record

from api.schedules.schemas import NewSchedule
from api.schedules.service import settings_of
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Invalid
from plait.schedules.starts import NAMES
from plait.store import schedules as store
from plait.store.runs import Database
from plait.store.schedules import Settings
from plait.values.mapping import problems_of_value


class ScheduleWriter:
    """Writes the schedules of workflows: those of a name that is there are changed, the others are new."""

    def __init__(self, db: Database, caller: Caller) -> None:
        self._db = db
        self._caller = caller
        self.changed: dict[UUID, str] = {}
        """What was made or changed, as `SLUG: NAME`."""

    async def write(self, workflow: Record, orders: Iterable[NewSchedule], numbers: Mapping[int, int]) -> None:
        """Have the workflow's schedules be as these say; `numbers` are its versions here by those of the export."""
        there: dict[str, list[Record]] = {}
        for row in await store.list_of_workflow(self._db, workflow["id"]):
            there.setdefault(row["name"], []).append(row)
        for order in orders:
            refuse_templates(order)
            settings = settings_of(self._renumbered(order, numbers))
            rows = there.get(order.name, [])
            await self._put(workflow, rows.pop(0) if rows else None, settings)

    async def _put(self, workflow: Record, row: Record | None, settings: Settings) -> None:
        if row is not None and settings.columns() == settings_in(row).columns():
            return
        project, at = self._caller.project, now()
        if row is None:
            schedule = new_id()
            await store.insert_schedule(
                self._db, schedule, project, workflow["id"], settings, self._caller.actor.json(), at
            )
        else:
            schedule = row["id"]
            await store.update_schedule(self._db, project, schedule, row["revision"], settings, at)
        self.changed[schedule] = f"{workflow['slug']}: {settings.name}"

    def _renumbered(self, order: NewSchedule, numbers: Mapping[int, int]) -> NewSchedule:
        if order.version is None:
            return order
        if order.version not in numbers:
            message = f"The schedule {order.name} starts version {order.version}, which is not among the files."
            raise Invalid(
                message, problems=[Problem("version_missing", message, (f"schedules/{order.workflow}.yaml",))]
            )
        return order.model_copy(update={"version": numbers[order.version]})


def settings_in(row: Record) -> Settings:
    """What the row keeps."""
    return Settings(**{name: row[name] for name in Settings.__dataclass_fields__})


def refuse_templates(order: NewSchedule) -> None:
    """An input whose templates cannot be read would fail at each of its times."""
    path = (f"schedules/{order.workflow}.yaml", "input")
    if problems := problems_of_value(order.input, NAMES, path):
        raise Invalid(f"The input of the schedule {order.name} has templates that cannot be read.", problems=problems)
