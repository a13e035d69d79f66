"""Lists of runs: which, in which order, a page at a time."""

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from asyncpg import Record

from plait.store import runs
from plait.store.runs import Database
from plait.store.sql import load

queries = load("lists")
NEAR = 4_000
"""Among so many runs a search looks before it asks an index."""
Unasked = Literal["no_worker", "slot", "breakpoint", "budget"]
SEARCHED = ("tag", "metadata", "q")
"""What an index finds in no order."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by an expression of a type, then by id, the largest first. An index has the same."""

    key: str
    type: str

    @property
    def clause(self) -> str:
        """What stands behind `order by`."""
        return f"{self.key} desc, r.id desc"


NEWEST = Order("r.created_at", "timestamptz")
LONGEST = Order("coalesce(r.completed_at - r.started_at, interval '0')", "interval")
DEAREST = Order("coalesce(r.cost_usd, 0)", "numeric")


@dataclass(slots=True)
class RunFilter:
    """Conditions of a list, gathered one by one: named fragments, whose parameters are numbered here.

    `searches` are found in no order, `bounds` are of creation; `statuses` and `environment` are parameters.
    """

    values: list[Any]
    clauses: list[str]
    searches: list[str] = field(default_factory=list)
    bounds: list[str] = field(default_factory=list)
    statuses: str | None = None
    environment: str | None = None

    @classmethod
    def of(cls, project: str) -> "RunFilter":
        """All runs of a project."""
        return cls([project], ["r.project = $1"])

    def add(self, name: str, value: Any) -> None:
        """Narrow by the fragment `filter_{name}`."""
        self.values.append(value)
        place = f"${len(self.values)}"
        clause = getattr(queries, f"filter_{name}").replace("{}", place)
        match name:
            case "status" if self.statuses is None:
                self.statuses = place
            case "environment" if self.environment is None:
                self.environment = place
            case "created_before":
                self.bounds.append(clause)
            case _:
                (self.searches if name in SEARCHED else self.clauses).append(clause)
        if name == "ended_before":
            # A run is made before it ends: what came later need not be looked at.
            self.bounds.append(queries.filter_created_before.replace("{}", place))

    def narrow(self, name: Unasked) -> None:
        """Narrow by the fragment `filter_{name}`, which takes no value."""
        self.clauses.append(getattr(queries, f"filter_{name}"))

    def behind(self, order: Order, place: tuple[Any, UUID]) -> None:
        """Only what lies behind this place in this order."""
        self.values.extend(place)
        key, last = len(self.values) - 1, len(self.values)
        self.clauses.append(f"({order.key}, r.id) < (${key}::{order.type}, ${last}::uuid)")
        if order is NEWEST:
            # The place is behind each of them, and one beginning is enough to look from.
            self.bounds = [f"{bound.rpartition(' ')[2]}::timestamptz is not null" for bound in self.bounds]

    def where(self) -> str:
        """All of it as one condition."""
        lanes = [
            queries.filter_environment.replace("{}", self.environment) if self.environment else None,
            queries.filter_status.replace("{}", self.statuses) if self.statuses else None,
        ]
        return " and ".join([*self.clauses, *self.bounds, *filter(None, lanes), *self.searches])


async def list_runs(db: Database, chosen: RunFilter, limit: int, order: Order = NEWEST) -> list[Record]:
    """A page of summaries."""
    page = queries.shown.format(found=_found(chosen, limit, order))
    return await db.fetch(runs.queries.summarize.format(page=page, order=order.clause), *chosen.values)


def _found(chosen: RunFilter, limit: int, order: Order) -> str:
    """The query of the rows of a page."""
    if not chosen.searches:
        return _ordered(chosen, limit, order)
    return queries.page_of_found.format(
        near=_ordered(chosen, NEAR, order),
        searches=" and ".join(chosen.searches),
        where=chosen.where(),
        order=order.clause,
        limit=int(limit),
    )


def _ordered(chosen: RunFilter, limit: int, order: Order) -> str:
    """The query of a page without what is searched for: one lane an environment and status."""
    clauses = [*chosen.clauses, *chosen.bounds]
    lanes: list[str] = []
    if chosen.environment is None:
        lanes.append(f"({queries.environments}) environments")
        clauses.append("r.environment = lane.environment")
    else:
        clauses.append(queries.filter_environment.replace("{}", chosen.environment))
    if chosen.statuses is not None:
        lanes.append(f"unnest({chosen.statuses}::text[]) as statuses (status)")
        clauses.append("r.status = lane.status")
    said = {"where": " and ".join(clauses), "order": order.clause, "limit": int(limit)}
    if not lanes:
        return queries.page.format(**said)
    return queries.page_of_lanes.format(lanes=" cross join ".join(lanes), **said)


async def list_ids(db: Database, chosen: RunFilter, limit: int) -> list[UUID]:
    """The ids of the chosen runs, the oldest first."""
    query = queries.ids_of_runs.format(where=chosen.where(), limit=int(limit))
    return [row["id"] for row in await db.fetch(query, *chosen.values)]


async def count_runs(db: Database, chosen: RunFilter) -> int:
    """How many match; 10,001 stands for more than ten thousand."""
    return await db.fetchval(queries.count_runs.format(where=chosen.where()), *chosen.values)
