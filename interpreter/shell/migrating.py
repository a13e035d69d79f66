"""Going on under another version: once the run is at rest, its state is carried into a fresh history."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from interpreter.messages import AtNode, Evaluate, MakeOutput, OpenGate, StartActivity, StartChild
from interpreter.migrate import Mapping, Report, Wanted, carry, report_of, settle, told, wanted_facts
from interpreter.plan.definition import load_plan
from interpreter.shell import carry_on
from interpreter.shell.ask import ask, ask_at_length
from interpreter.shell.keys import Key, Places, key_of
from interpreter.shell.mailbox import Letter, Mailbox
from interpreter.shell.perform import Performer
from interpreter.shell.wire import (
    END_MIGRATION,
    LOAD_MIGRATION,
    RECOUNT_FACTS,
    AskReport,
    EndMigration,
    LoadedMigration,
    LoadMigration,
    MigrationReport,
    RecountedFacts,
    RecountFacts,
    ReportRow,
    RunInput,
    ValueOf,
)
from interpreter.state import Place, RunState

PATIENCE = timedelta(seconds=10)
"""How long a run is given to come to rest; what runs longer has to end, or the run to be paused, before."""
VALUES_AT_ONCE = 200
BLOCKED, BUSY = "the report says what stands in the way", "it did not come to rest: something in it runs for longer"
GONE, CANCELLED = "there is no such version", "the run is to be cancelled"

ANEW = (StartActivity, StartChild, OpenGate, Evaluate)
"""What begins a node of which nothing is on record yet."""

Command = TypeVar("Command", bound=AtNode)


class Migrating:
    """Carries one run over."""

    def __init__(self, places: Places, run: RunInput, mailbox: Mailbox, performer: Performer) -> None:
        self._places, self._run, self._mailbox, self._performer = places, run, mailbox, performer

    def report(self, asked: AskReport) -> MigrationReport:
        """What a migration would do as things stand."""
        mapping = Mapping(self._places.plan, load_plan(asked.definition, asked.hash))
        return _told(report_of(mapping, self._places.run, self._busy(), self._unbegun()))

    async def refuse(self, command: str, why: str) -> None:
        """Put it on record that the run goes on as it is."""
        loaded = await self._load(command)
        report = self.report(AskReport(loaded.definition, loaded.hash)) if loaded.found else MigrationReport()
        await self._end(command, report, why)

    async def carry_out(self, command: str) -> tuple[RunInput, dict[str, Any]] | None:
        """What the run goes on with, once that is on record; None where it goes on as it is. Nothing else moves
        meanwhile: letters wait unopened.
        """
        self._mailbox.hold()
        carried = await self._carry(command)
        if carried is None:
            self._mailbox.release()
        return carried

    async def _carry(self, command: str) -> tuple[RunInput, dict[str, Any]] | None:
        loaded = await self._load(command)
        if not loaded.found:
            await self._end(command, MigrationReport(), GONE)
            return None
        plan, was = load_plan(loaded.definition, loaded.hash), self._places.run
        mapping = Mapping(self._places.plan, plan)
        unbegun = self._unbegun()
        found = report_of(mapping, was, self._busy(), unbegun)
        if found.blocked:
            await self._end(command, _told(found), BLOCKED)
            return None
        state = carry(mapping, was, unbegun)
        failure = await self._look_up(state, wanted_facts(plan, state), loaded.hash)
        if failure is not None:
            await self._end(command, _told(found), failure)
            return None
        settle(mapping, was, state, unbegun)
        state.env = env = {**loaded.env, **self._run.env}
        if not await self._end(command, _told(found)):
            return None
        run = replace(self._run, definition=loaded.definition, hash=loaded.hash, env=env)
        return run, self._packed(mapping, state, unbegun)

    async def _load(self, command: str) -> LoadedMigration:
        return await ask(LOAD_MIGRATION, LoadMigration(self._run.run_id, self._run.project, command), LoadedMigration)

    async def _look_up(self, state: RunState, wanted: list[Wanted], plan_hash: str) -> str | None:
        """Have the facts computed that nobody holds; why that cannot be, if it cannot."""
        for first in range(0, len(wanted), VALUES_AT_ONCE):
            some = wanted[first : first + VALUES_AT_ONCE]
            values = [ValueOf(one.kind, one.node, one.path, one.generation, one.key, one.override) for one in some]
            task = RecountFacts(self._run.run_id, self._run.project, plan_hash, values)
            found = await ask_at_length(RECOUNT_FACTS, task, RecountedFacts)
            if found.failure is not None:
                return found.failure
            for one, facts in zip(some, found.facts, strict=True):
                told(state, one, {int(fact): value for fact, value in facts.items()})
        return None

    async def _end(self, command: str, report: MigrationReport, refusal: str | None = None) -> bool:
        at = workflow.now().isoformat()
        task = EndMigration(self._run.run_id, self._run.project, command, at, report, refusal)
        return await ask(END_MIGRATION, task, bool)

    def _busy(self) -> list[Place]:
        return [(key.scope, key.node) for key in self._performer.busy]

    def _unbegun(self) -> dict[Place, None]:
        """What was decided to run and only waits for its turn: the new version decides it anew."""
        performer = self._performer
        starts = (command for command in (*performer.held, *performer.reuse.queued) if isinstance(command, ANEW))
        keys = (*performer.activities.waiting, *map(key_of, starts))
        return {(key.scope, key.node): None for key in keys if self._places.planned(key).body is None}

    def _packed(self, mapping: Mapping, state: RunState, unbegun: Collection[Place]) -> dict[str, Any]:
        """What the next history takes along; what is decided anew begins there by itself."""
        performer = self._performer
        due = {
            there: moment
            for key, moment in performer.timers.due.items()
            if (key.scope, key.node) not in unbegun and (there := self._key(mapping, key))
        }
        return carry_on.pack(
            state,
            waiting=[],
            held=[there for command in performer.held if (there := self._held(mapping, command, unbegun))],
            asked=[there for command in performer.reuse.queued if (there := self._at(mapping, command, unbegun))],
            due=due,
            letters=list(self._letters(mapping)),
        )

    def _key(self, mapping: Mapping, key: Key) -> Key | None:
        place = mapping.place(self._places.run, (key.scope, key.node))
        return None if place is None else Key(*place, key.generation)

    def _at(self, mapping: Mapping, command: Command, unbegun: Collection[Place]) -> Command | None:
        if (command.scope, command.node) in unbegun:
            return None
        place = mapping.place(self._places.run, (command.scope, command.node))
        return None if place is None else replace(command, node=place[1])

    def _held(self, mapping: Mapping, command: carry_on.Start, unbegun: Collection[Place]) -> carry_on.Start | None:
        return command if isinstance(command, MakeOutput) else self._at(mapping, command, unbegun)

    def _letters(self, mapping: Mapping) -> Iterator[Letter]:
        """What came meanwhile: timers by their new numbers, and a cancel that this history was asked for."""
        for letter in self._mailbox.letters:
            if letter["kind"] != "timer":
                yield letter
            elif (place := mapping.place(self._places.run, (letter.get("scope", 0), letter["node"]))) is not None:
                yield {**letter, "node": place[1]}
        if (reason := workflow.cancellation_reason()) is not None:
            yield {"kind": "cancel", "reason": reason or None}


def _told(report: Report) -> MigrationReport:
    return MigrationReport([ReportRow(**asdict(entry)) for entry in report.entries], report.obstacles)
