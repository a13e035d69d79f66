"""What the functions of nodes wrote while they worked."""

from typing import Literal, get_args
from uuid import UUID

from pydantic import Field

from api.http.models import Time, View
from api.resources import Resources
from api.runs.purged import refuse_purged
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import events

LogLevel = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)


class LogLine(View):
    """A line that a node's function wrote."""

    seq: int = Field(description="Of its event.")
    time: Time
    node: str
    path: str
    attempt: int
    level: LogLevel
    message: str


class LogPage(View):
    """Lines in the order in which they were recorded."""

    items: list[LogLine]
    next_after: int = Field(description="Where the next page begins: `?after=`.")
    ended: bool = Field(description="The run has ended and no line lies behind.")


async def page_of_logs(
    held: Resources, run_id: UUID, after: int, limit: int, level: LogLevel, path: str | None, caller: Caller
) -> LogPage:
    """The lines behind `after` that are at least of this level, of a path and what lies below it.

    How far the log goes is read first: whatever it says is then surely among the lines.
    """
    end = await events.read_end(held.pool, caller.project, run_id)
    if end is None:
        raise NotFound("There is no such run.")
    refuse_purged(end)
    rows = await events.list_logs(held.pool, run_id, after, limit, LEVELS[LEVELS.index(level) :], path)
    next_after = rows[-1]["seq"] if len(rows) == limit else max(after, end["last_seq"], *(row["seq"] for row in rows))
    return LogPage(
        items=[LogLine(**row) for row in rows],
        next_after=next_after,
        ended=end["ended"] and len(rows) < limit,
    )
