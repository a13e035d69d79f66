"""The one Temporal workflow: it interprets every document."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from interpreter.messages import CancelRequested, FinishRun, Resumed
from interpreter.plan.definition import load_plan
from interpreter.rules import decide
from interpreter.shell import carry_on
from interpreter.shell.ask import ask
from interpreter.shell.keys import Places
from interpreter.shell.letters import Postman, read_letters, run_started
from interpreter.shell.mailbox import Mailbox
from interpreter.shell.migrating import BUSY, CANCELLED, PATIENCE, Migrating
from interpreter.shell.perform import Performer
from interpreter.shell.wire import (
    FINISH,
    QUERY_MIGRATION,
    SIGNAL_CHILD,
    SIGNAL_COMMAND,
    SIGNAL_DECIDE,
    SIGNAL_EVENT,
    SIGNAL_OVERRIDE,
    SIGNAL_VOTE,
    WORKFLOW,
    AskReport,
    Finished,
    MigrationReport,
    RunInput,
)
from interpreter.state import RunState

Answer = TypeVar("Answer")

EVENTS_A_TURN, COMMANDS_A_TURN = 256, 1_000
"""What one activation may come to; Temporal's deadlock detector gives it two seconds."""


@workflow.defn(name=WORKFLOW)
class RunWorkflow:
    """One run: an event comes, the rules decide, the shell performs, until nothing is left to do."""

    @workflow.init
    def __init__(self, run: RunInput) -> None:
        self._run = replace(run, snapshot=None)
        self._plan = load_plan(run.definition, run.hash)
        self._mailbox = Mailbox()
        self._earlier = carry_on.Unpacked(self._plan, run.snapshot) if run.snapshot else None
        self._state = self._earlier.state if self._earlier else self._begin()
        self._places = Places(self._plan, self._state)
        self._performer = Performer(self._places, self._run, self._mailbox)
        self._migrating = Migrating(self._places, self._run, self._mailbox, self._performer)
        self._rest_by: datetime | None = None
        self._cancelled = False

    @workflow.run
    async def run(self, run: RunInput) -> Finished:  # noqa: ARG002 - Temporal hands it over twice
        """Interpret the document to its end."""
        performer = self._performer
        postman = Postman(self._places, self._run, self._mailbox, performer.flusher, performer.children)
        delivering = self._mailbox.spawn(postman.deliver())
        self._arm()
        if self._earlier is None:
            self._start()
        while performer.finish is None:
            await self._turn()
            if performer.migrations and performer.finish is None:
                await self._migrate(performer.migrations[0])
            if self._may_move_on():
                self._move_on()
        delivering.cancel()
        return await self._finish(performer.finish)

    @workflow.signal(name=SIGNAL_VOTE)
    def vote(self, vote: Any) -> None:
        """A vote's row was written; its id."""
        self._receive(SIGNAL_VOTE, vote)

    @workflow.signal(name=SIGNAL_OVERRIDE)
    def override(self, override: Any) -> None:
        """An override's row was written; its id."""
        self._receive(SIGNAL_OVERRIDE, override)

    @workflow.signal(name=SIGNAL_EVENT)
    def event(self, events: Any) -> None:
        """External events are on record; their ids."""
        self._receive(SIGNAL_EVENT, events)

    @workflow.signal(name=SIGNAL_CHILD)
    def child(self, ended: Any) -> None:
        """A sub-workflow has ended: `{path, generation}` of the node that waits for it."""
        self._receive(SIGNAL_CHILD, ended)

    @workflow.signal(name=SIGNAL_DECIDE)
    def decide(self, decision: Any) -> None:
        """A vote by hand from Temporal's Web UI: `{path, decision, form?}`. Counts in open mode alone."""
        self._receive(SIGNAL_DECIDE, decision)

    @workflow.signal(name=SIGNAL_COMMAND)
    def command(self, command: Any) -> None:
        """Somebody wants something of the run, and a row says what; its id."""
        self._receive(SIGNAL_COMMAND, command)

    @workflow.query(name=QUERY_MIGRATION)
    def migration(self, asked: AskReport) -> MigrationReport:
        """What going on under another version would do as things stand."""
        return self._migrating.report(asked)

    def _receive(self, kind: str, said: Any) -> None:
        for letter in read_letters(kind, said):
            self._mailbox.receive(letter)

    def _begin(self) -> RunState:
        run = {"id": self._run.run_id, "started_at": self._run.started_at, "environment": self._run.environment}
        return RunState.begin(self._plan, run=run, env=self._run.env)

    def _start(self) -> None:
        """Have the rules begin; what a person has decided beforehand is opened first."""
        self._state.debug, self._state.breakpoints = self._run.debug, dict.fromkeys(self._run.breakpoints)
        overrides = self._run.rerun.overrides if self._run.rerun else []
        for override in overrides:
            self._mailbox.post({"kind": SIGNAL_OVERRIDE, "id": override})
        if self._run.commanded:
            self._mailbox.post({"kind": SIGNAL_COMMAND})
        if overrides or self._run.commanded:
            self._mailbox.post({"kind": "start"})
        else:
            self._mailbox.put(run_started(self._run))

    def _arm(self) -> None:
        """Start the run's deadline, and take up what the execution before this one left."""
        deadline = self._plan.document.deadline
        if deadline is not None:
            due = datetime.fromisoformat(self._run.started_at) + timedelta(seconds=deadline)
            left = max((due - workflow.now()).total_seconds(), 0)
            asyncio.get_running_loop().call_later(left, self._mailbox.post, {"kind": "deadline"})
        if self._earlier is None:
            return
        for key, due in self._earlier.timers:
            self._performer.timers.start(key, due, self._places.planned(key).name)
        self._performer.gates.show()
        for letter in self._earlier.letters:
            self._mailbox.post(letter)
        for key in self._earlier.waiting:
            self._performer.activities.queue(key)
        if self._state.paused:
            self._performer.activities.hold()
        if self._state.queue:
            self._mailbox.put(Resumed())
        for command in (*self._earlier.asked, *self._earlier.held):
            self._performer.perform(command)
        self._mailbox.wake()

    async def _turn(self) -> None:
        """Wait for events, decide them and do what follows."""
        try:
            await self._mailbox.arrival()
        except asyncio.CancelledError:
            # Without a reason the workflow only leaves the worker's cache.
            if workflow.cancellation_reason() is None or self._cancelled:
                raise
        if not self._cancelled and workflow.cancellation_reason() is not None:
            self._cancelled = True
            self._mailbox.put(CancelRequested(workflow.cancellation_reason() or None))
        self._decide()
        self._performer.settle_turn()

    def _decide(self) -> None:
        """Decide what has arrived, as much of it as one activation may hold."""
        events, said = 0, 0
        while events < EVENTS_A_TURN and said < COMMANDS_A_TURN and (event := self._mailbox.next_event()) is not None:
            commands = decide(self._plan, self._state, event)
            for command in commands:
                self._performer.perform(command)
            events, said = events + 1, said + len(commands)
        self._mailbox.rest()

    def _may_move_on(self) -> bool:
        """Whether this is the moment for a fresh history. A run that has come to its end stays for it."""
        if not carry_on.is_due() or self._performer.finish is not None or not self._performer.quiet:
            return False
        return not self._cancelled or carry_on.leaves_cancelled()

    def _move_on(self) -> None:
        performer = self._performer
        packed = carry_on.pack(
            self._state,
            waiting=performer.activities.waiting,
            held=performer.held,
            asked=performer.reuse.queued,
            due=performer.timers.due,
            letters=list(self._mailbox.letters),
        )
        carry_on.move_on(self._run, packed)

    async def _migrate(self, command: str) -> None:
        """Go on under another version once nothing is in flight. Leaves this history, unless that is refused."""
        # What is written has to be, and nobody would say that it is.
        await self._undisturbed(self._performer.flusher.drained())
        if self._rest_by is None:
            self._rest_by = workflow.now() + PATIENCE
            asyncio.get_running_loop().call_later(PATIENCE.total_seconds(), self._mailbox.wake)
        if self._cancelled:
            work = self._migrating.refuse(command, CANCELLED)
        elif self._performer.quiet:
            work = self._migrating.carry_out(command)
        elif workflow.now() >= self._rest_by:
            work = self._migrating.refuse(command, BUSY)
        else:
            return
        carried = await self._undisturbed(work)
        if carried is not None:
            carry_on.move_on(*carried)
        self._performer.migrations.remove(command)
        self._rest_by = None
        self._performer.go_on()
        self._performer.settle_turn()
        self._mailbox.wake()

    async def _undisturbed(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Do this to its end; a cancel that comes meanwhile is seen after it."""
        task = asyncio.create_task(work)
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                if workflow.cancellation_reason() is None or task.cancelled():
                    raise
        return task.result()

    async def _finish(self, command: FinishRun) -> Finished:
        """Write the run's end and end as the row then says; a cancel that comes meanwhile is too late."""
        ending = asyncio.create_task(self._write_end(command))
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                if workflow.cancellation_reason() is None or self._cancelled:
                    raise
                self._cancelled = True
        finished = ending.result()
        self._performer.visible.show_status(finished.status)
        if finished.status == "cancelled" and workflow.cancellation_reason() is not None:
            raise asyncio.CancelledError
        if finished.status == "failed":
            failure = finished.failure
            raise ApplicationError(
                failure.message if failure else "the run failed",
                type=failure.type if failure else None,
                non_retryable=True,
            )
        return finished

    async def _write_end(self, command: FinishRun) -> Finished:
        await self._performer.flusher.drained()
        return await ask(FINISH, self._performer.tasks.finish(command), Finished)
