"""Workflows as they are read: found, shown, compiled again against what is offered now."""

from collections import OrderedDict

from asyncpg import Record

from api.catalogue import Offer, read_offer
from api.compute import Computer
from api.http.models import Page, ProblemItem
from api.http.paging import PageOrder, by_age
from api.workflows.callees import MARKS, read_callees, slugs_in
from api.workflows.compiler import Examined, MediaType, examine, problems_of
from api.workflows.diff import Difference, compare
from api.workflows.schemas import (
    Draft,
    Version,
    VersionSummary,
    Workflow,
    WorkflowSummary,
    document_of,
    summary_of,
    version_of,
    version_summary_of,
    workflow_of,
)
from api.workflows.simulation import SimulationOrder, SimulationView, run_simulation
from interpreter.catalogue import Catalogue
from interpreter.problems import Problem
from plait.auth import Caller
from plait.errors import Invalid, NotFound
from plait.store import workflows as store
from plait.store.models import Models
from plait.store.pool import Pool
from plait.store.runs import Database

SMALL = 8 * 1024
"""A source up to this is compiled in this process: ten milliseconds, when one aside takes as long to answer."""
COMPILE_SECONDS = 10.0
"""The largest document that is taken needs a quarter of this."""
SIMULATE_SECONDS = 2.0
REMEMBERED = 512


def etag_of(row: Record) -> str:
    """Differs after every edit, and between a workflow and a later one of the same slug."""
    return f"{row['revision']}-{(row['hash'] or row['id'].hex)[-12:]}"


class WorkflowReader:
    """Reads workflows, and says what the compiler says."""

    def __init__(self, pool: Pool, computer: Computer, models: Models) -> None:
        self._pool = pool
        self._models = models
        self._computer = computer
        self._problems: OrderedDict[tuple[str, str], tuple[Problem, ...]] = OrderedDict()

    async def row(self, ref: str, caller: Caller, db: Database | None = None) -> Record:
        """The stored row, or `NotFound`."""
        row = await store.read_workflow(db or self._pool, caller.project, ref)
        if row is None:
            raise NotFound("There is no such workflow.")
        return row

    async def read(self, ref: str, caller: Caller, db: Database | None = None) -> tuple[Workflow, str]:
        """A workflow and its ETag; within a transaction when its connection is given."""
        row = await self.row(ref, caller, db)
        if not row["version"]:
            return workflow_of(row, ()), etag_of(row)
        offer = await read_offer(db or self._pool, caller.project, self._models)
        workflow = workflow_of(row, await self.problems_now(row, offer))
        asleep = [ProblemItem.of(each) for each in offer.not_running(workflow.definition or {})]
        return workflow.model_copy(update={"warnings": workflow.warnings + asleep}), etag_of(row)

    async def list(self, caller: Caller, chosen: store.WorkflowFilter, page: PageOrder) -> Page[WorkflowSummary]:
        """A page of summaries, newest first."""
        filters = ("workflows", caller.project, *chosen.values)
        rows = await store.list_workflows(
            self._pool, caller.project, chosen, page.after(filters, by_age), page.limit + 1
        )
        counted = await store.count_workflows(self._pool, caller.project, chosen) if page.total else None
        kept, following = page.cut(rows, filters, lambda row: (row["created_at"], row["id"]))
        return Page(items=[summary_of(row) for row in kept], next_cursor=following, **page.totals(counted))

    async def versions(self, ref: str, caller: Caller, page: PageOrder) -> Page[VersionSummary]:
        """A page of versions, newest first."""
        row = await self.row(ref, caller)
        filters = ("versions", str(row["id"]))
        before = page.after(filters, lambda parts: (int(parts[0]),))
        rows = await store.list_versions(
            self._pool, caller.project, row["id"], before[0] if before else None, page.limit + 1
        )
        kept, following = page.cut(rows, filters, lambda each: (each["version"],))
        counted = row["version"] if page.total else None
        return Page(items=[version_summary_of(each) for each in kept], next_cursor=following, **page.totals(counted))

    async def version(self, ref: str, number: int, caller: Caller) -> Version:
        """One version, whole."""
        row = await self.row(ref, caller)
        return version_of(await self._version(row, number, caller))

    async def simulate(self, ref: str, order: SimulationOrder, caller: Caller) -> SimulationView:
        """What a version would do."""
        row = await self.row(ref, caller)
        version = await self._version(row, order.version or row["version"], caller)
        script = order.model_dump()
        result = await self._computer.compute(
            SIMULATE_SECONDS, run_simulation, version["definition"], version["plan_hash"], script
        )
        return SimulationView.model_validate(result, extra="ignore")

    async def difference(self, ref: str, before: int, after: int, caller: Caller) -> Difference:
        """What changed between two versions."""
        row = await self.row(ref, caller)
        documents = [document_of((await self._version(row, n, caller))["definition"]) for n in (before, after)]
        return compare(documents[0], documents[1], (before, after))

    async def _version(self, row: Record, number: int, caller: Caller) -> Record:
        version = await store.read_version(self._pool, caller.project, row["id"], number)
        if version is None:
            raise NotFound(f"This workflow has no version {number}.")
        return version

    async def draft(self, ref: str, caller: Caller) -> tuple[Draft, Examined, str]:
        """The draft, what is to be said about it, and the workflow's ETag."""
        row = await self.row(ref, caller)
        if row["draft_source"] is None:
            raise NotFound("This workflow has no draft.")
        examined = await self.examine(row["draft_source"].encode(), row["draft_type"], caller)
        draft = Draft(
            source=row["draft_source"],
            media_type=row["draft_type"],
            updated_at=row["draft_at"],
            problems=[ProblemItem.of(each) for each in examined.problems],
            warnings=[ProblemItem.of(each) for each in examined.warnings],
        )
        return draft, examined, etag_of(row)

    async def examine(self, source: bytes, media_type: MediaType, caller: Caller) -> Examined:
        """Everything that the compiler says to a source."""
        offer = await read_offer(self._pool, caller.project, self._models)
        catalogue = await self._with_callees(offer.catalogue, source, media_type, caller.project)
        if len(source) <= SMALL:
            examined = examine(source, media_type, catalogue)
        else:
            examined = await self._computer.compute(COMPILE_SECONDS, examine, source, media_type, catalogue)
        if examined.version is None:
            return examined
        asleep = offer.not_running(document_of(examined.version.definition))
        return Examined((), examined.warnings + asleep, examined.version, examined.outline)

    async def _with_callees(
        self, catalogue: Catalogue, source: bytes, media_type: MediaType, project: str
    ) -> Catalogue:
        """The catalogue with the project's workflows, where the source may run one of them."""
        if not any(mark in source for mark in MARKS):
            return catalogue
        if len(source) <= SMALL:
            slugs = slugs_in(source, media_type)
        else:
            slugs = await self._computer.compute(COMPILE_SECONDS, slugs_in, source, media_type)
        return catalogue.model_copy(update={"workflows": await read_callees(self._pool, project, slugs)})

    async def compile(self, source: bytes, media_type: MediaType, caller: Caller) -> store.NewVersion:
        """A version to be saved, or `Invalid` with all that is wrong."""
        return accepted(await self.examine(source, media_type, caller))

    async def problems_now(self, row: Record, offer: Offer) -> tuple[Problem, ...]:
        """What would stop the newest version from being saved again, remembered while nothing changes."""
        key = (row["plan_hash"], offer.fingerprint)
        if key not in self._problems:
            definition = row["definition"]
            if len(definition) <= SMALL:
                self._problems[key] = problems_of(definition, offer.catalogue)
            else:
                self._problems[key] = await self._computer.compute(
                    COMPILE_SECONDS, problems_of, definition, offer.catalogue
                )
            while len(self._problems) > REMEMBERED:
                self._problems.popitem(last=False)
        return self._problems[key]


def accepted(examined: Examined) -> store.NewVersion:
    """The version, or `Invalid` with all that is wrong."""
    if examined.version is None:
        count = len(examined.problems)
        message = f"The workflow has {count} problem{'' if count == 1 else 's'}; each says how to mend it."
        raise Invalid(message, code="workflow_invalid", problems=examined.problems)
    return examined.version
