"""Writing an import's parts, in the one transaction of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import Record

from api.environments.service import refusals
from api.projects.registries import RegistryWriter
from api.projects.schedules import schedule_in
from api.projects.schemas import ImportedWorkflow, ImportReport
from api.projects.state import EnvironmentState, Project, Settings, TemplateSaid, TemplateState, WorkflowState
from api.projects.tools import write_tool
from api.projects.write_schedules import ScheduleWriter
from api.workflows.service import refuse_slug, slug_taken
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Invalid
from plait.store import environments, promotions, templates, workflows
from plait.store import projects as store
from plait.store.promotions import NewPromotion
from plait.store.runs import Database
from plait.store.tools import NewSource
from plait.store.workflows import Envelope, NewPlace, NewVersion, NewWorkflow

REASON = "imported"


class Writer:
    """Writes what is not there yet, and keeps what it did."""

    def __init__(
        self, db: Database, caller: Caller, compiled: Mapping[str, Mapping[int, NewVersion]], tools: Sequence[NewSource]
    ) -> None:
        self._db = db
        self._caller = caller
        self._compiled = compiled
        self._sources = tools
        self._at = now()
        self._by = caller.actor.json()
        self._workflows: list[ImportedWorkflow] = []
        self._environments: list[str] = []
        self._variables: list[str] = []
        self._promoted: list[str] = []
        self._templates: list[str] = []
        self._tools: list[str] = []
        self.schedules = ScheduleWriter(db, caller)
        self._registries = RegistryWriter(db, caller)
        self._kept: list[str] = []

    def report(self, *, dry_run: bool) -> ImportReport:
        """What was done."""
        return ImportReport(
            dry_run=dry_run,
            workflows=self._workflows,
            environments=self._environments,
            variables=self._variables,
            promoted=self._promoted,
            templates=self._templates,
            tools=self._tools,
            models=self._registries.models,
            agents=self._registries.agents,
            schedules=list(self.schedules.changed.values()),
            kept=self._kept,
        )

    async def write(self, project: Project) -> None:
        """All of it, always in one order, so that two imports do not wait for each other in a circle."""
        for name, environment in sorted(project.environments.items()):
            await self._environment(name, environment)
        for new in self._sources:
            if await write_tool(self._db, self._caller, new, self._by, self._at):
                self._tools.append(new.name)
        await self._registries.write(project.registries)
        for _, state in sorted(project.workflows.items()):
            await self._workflow(state)
        for slug, template in sorted(project.templates.items()):
            await self._template(slug, template)
        for name, environment in sorted(project.environments.items()):
            await self._check_variables(name, environment)

    async def _environment(self, name: str, state: EnvironmentState) -> None:
        project = self._caller.project
        flags: dict[str, Any] = state.model_dump(exclude={"variables"})
        if await store.insert_environment(self._db, project, name, **flags):
            self._environments.append(name)
        elif (row := await environments.read_environment(self._db, project, name)) and {**row, **flags} != {**row}:
            self._kept.append(f"{name}: whether it is protected, and by whom, is not changed by an import.")
        rows = await environments.list_variables(self._db, project, name)
        there = {row["name"]: row["value"] for row in rows}
        for variable, value in sorted(state.variables.items()):
            if (
                variable not in there
                or there[variable] != value
                or isinstance(there[variable], bool) != isinstance(value, bool)
            ):
                await environments.put_variable(self._db, project, name, variable, value, self._by, self._at)
                self._variables.append(f"{name}.{variable}")

    async def _workflow(self, state: WorkflowState) -> None:
        row, created = await self._find(state.slug)
        before = row["version"]
        numbers = await self._versions(row, created, state)
        row = await self._lock(state.slug)
        changed = await self._settings(row, state) if state.settings else False
        changed = await self._draft(row, state) or changed
        did = "created" if created else "versioned" if row["version"] != before else "unchanged"
        self._workflows.append(
            ImportedWorkflow(slug=state.slug, did=did, version=row["version"], settings=changed and not created)
        )
        if state.settings:
            await self._pointers(row, numbers, state.settings)
        await self.schedules.write(row, (schedule_in(state.slug, said) for said in state.schedules), numbers)

    async def _find(self, slug: str) -> tuple[Record, bool]:
        """The workflow of this slug, made where it is missing."""
        row = await workflows.lock_workflow(self._db, self._caller.project, slug)
        if row is not None:
            return row, False
        refuse_slug(slug)
        new = NewWorkflow(new_id(), slug, slug, self._by, self._at)
        created = await workflows.insert_workflow(self._db, self._caller.project, new)
        return await self._lock(slug), created

    async def _lock(self, slug: str) -> Record:
        row = await workflows.lock_workflow(self._db, self._caller.project, slug)
        if row is None:  # it is being deleted, and keeps its slug until its last run has ended
            raise slug_taken(slug)
        return row

    async def _versions(self, row: Record, created: bool, state: WorkflowState) -> dict[int, int]:  # noqa: FBT001
        """Save what is not there; the numbers here by those of the export. A new workflow keeps its numbers."""
        newest, newest_hash = row["version"], row["hash"]
        last = row["last_version"]
        numbers: dict[int, int] = {}
        compiled = self._compiled[state.slug]
        for number, version in compiled.items():
            is_newest = number == max(compiled)
            found = newest if version.hash == newest_hash else None
            if found is None and not is_newest:
                found = await store.find_version(self._db, row["id"], version.hash)
            if found is None:
                found = newest = last = number if created else last + 1
                newest_hash = version.hash
                place = NewPlace(row["id"], newest, self._by, self._at)
                await workflows.insert_version(self._db, self._caller.project, version, place)
            numbers[number] = found
        return numbers

    async def _settings(self, row: Record, state: WorkflowState) -> bool:
        """The envelope and the layout; whether one of them was another."""
        settings = state.settings
        assert settings is not None, "it was asked for"
        fields = list(Envelope.__dataclass_fields__)
        wanted = {name: getattr(settings, name) for name in fields}
        layout = settings.layout
        changed = wanted != {name: row[name] for name in fields}
        if changed:
            await workflows.update_envelope(self._db, row["id"], Envelope(**wanted), self._at)
        if layout is not None and layout != row["layout"]:
            await workflows.put_layout(self._db, self._caller.project, state.slug, layout)
            changed = True
        return changed

    async def _draft(self, row: Record, state: WorkflowState) -> bool:
        draft = state.draft
        if draft is None or (draft.text, draft.media_type) == (row["draft_source"], row["draft_type"]):
            return False
        await workflows.put_draft(self._db, row["id"], draft.text, draft.media_type, self._at)
        return True

    async def _pointers(self, row: Record, numbers: Mapping[int, int], settings: Settings) -> None:
        project = self._caller.project
        for name, number in sorted(settings.environments.items()):
            environment = await environments.read_environment(self._db, project, name)
            if environment is None:
                message = f"There is no environment {name}, in which {row['slug']} is to run."
                path = (f"settings/{row['slug']}.yaml", "environments", name)
                raise Invalid(message, problems=[Problem("unknown_environment", message, path)])
            previous, target = await environments.read_pointer(self._db, row["id"], name), numbers[number]
            if environment["follows_newest"] or previous == target:
                continue
            if previous is not None and environment["protected"]:
                self._kept.append(f"{name}: {row['slug']} stays at version {previous}; promote version {target}.")
                continue
            promotion = NewPromotion(
                new_id(), project, row["id"], name, target, previous, "moved", REASON, self._by, self._at
            )
            await promotions.write_promotion(self._db, promotion)
            self._promoted.append(f"{name}: {row['slug']} {target}")

    async def _template(self, slug: str, state: TemplateState) -> None:
        assert state.said is not None, "what was read is whole"
        assert state.source is not None, "what was read is whole"
        said = tuple(state.said.model_dump().values())
        new, project = (*said, state.source.text, state.source.media_type), self._caller.project
        row = await templates.find_template(self._db, project, slug)
        if row is None:
            await templates.insert_template(self._db, project, slug, new, self._by, self._at)
        elif new == tuple(row[name] for name in (*TemplateSaid.model_fields, "source", "source_type")):
            return
        else:
            await templates.replace_template(self._db, project, slug, new, self._at)
        self._templates.append(slug)

    async def _check_variables(self, name: str, state: EnvironmentState) -> None:
        """What runs there after all of this can read what is set there after all of this."""
        readers = await environments.list_readers(self._db, self._caller.project, name)
        problems = [
            Problem(each.code, each.message, (f"environments/{name}.yaml", "variables", variable), fix=each.fix)
            for variable, value in state.variables.items()
            for each in refusals(variable, value, [row for row in readers if row["name"] == variable])
        ]
        if problems:
            raise Invalid(problems[0].message, problems=problems)
