"""The one writer of what only the workflow knows: skips, verdicts, timers, what became of votes."""

import asyncio
from datetime import datetime
from typing import assert_never

from temporalio import workflow

from interpreter.messages import NoteCommand, NoteNode, NoteOverride, NotePause, NoteRun, NoteVote
from interpreter.paths import id_at, locate
from interpreter.plan.model import Plan
from interpreter.shell import carry_on
from interpreter.shell.ask import ask
from interpreter.shell.keys import Key, Places
from interpreter.shell.mailbox import Mailbox
from interpreter.shell.timers import Timers
from interpreter.shell.wire import (
    FLUSH,
    CommandNote,
    FlushBatch,
    InEdge,
    NoteRow,
    PauseNote,
    RunInput,
    RunNote,
    VoteNote,
)

ROWS = 200
"""Notes of one flush; more go with the next. Each has at most a value of 4 KiB, and an argument may have 2 MB."""

Note = NoteNode | NoteVote | NoteOverride | NoteCommand | NotePause | NoteRun


class Flusher:
    """Takes notes in the order in which they came about and has them written in that order.

    A flush is a local activity: commands of the same activation reach Temporal only after it, so
    causes are on record before their effects.
    """

    def __init__(self, places: Places, run: RunInput, mailbox: Mailbox, timers: Timers) -> None:
        self._places, self._mailbox, self._timers = places, mailbox, timers
        self._run_id, self._project = run.run_id, run.project
        self._notes: list[tuple[str, Note]] = []
        self._writing: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """True if everything noted is written."""
        return not self._notes and self._writing is None

    def note(self, note: Note) -> None:
        """Remember this, with the time at which it came about."""
        self._notes.append((workflow.now().isoformat(), note))

    def begin(self) -> None:
        """Start writing what is noted, unless that is already going on."""
        if self._notes and self._writing is None:
            self._writing = self._mailbox.spawn(self._write())

    async def drained(self) -> None:
        """Return once everything noted so far is written."""
        self.begin()
        while self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        try:
            while self._notes:
                batch, self._notes = self._notes[:ROWS], self._notes[ROWS:]
                await ask(FLUSH, self._batch(batch), int)
        finally:
            self._writing = None
        if carry_on.is_due():
            # This may be the quiet moment, and nobody else would say so.
            self._mailbox.wake()

    def _batch(self, notes: list[tuple[str, Note]]) -> FlushBatch:
        batch = FlushBatch(self._run_id, self._project)
        for at, note in notes:
            match note:
                case NoteNode():
                    batch.order += "n"
                    batch.nodes.append(self._node(note, at))
                case NoteVote():
                    batch.order += "v"
                    batch.votes.append(_verdict(self._places.plan, note, note.vote, at))
                case NoteOverride():
                    batch.order += "o"
                    batch.overrides.append(_verdict(self._places.plan, note, note.override, at))
                case NoteCommand():
                    batch.order += "c"
                    batch.commands.append(CommandNote(note.command, note.status, at, note.reason))
                case NotePause():
                    batch.order += "p"
                    pause = PauseNote(note.n, note.paused, at, note.command, note.breakpoint, note.budget)
                    batch.pauses.append(pause)
                case NoteRun():
                    batch.order += "r"
                    batch.runs.append(RunNote(note.status, note.ending, at, note.failure))
                case _:
                    assert_never(note)
        return batch

    def _node(self, note: NoteNode, at: str) -> NoteRow:
        node = self._places.plan.find(note.id, note.step)
        due = self._due(note) if note.event == "waiting" else None
        return NoteRow(
            path=note.path,
            node=node.id,
            type=node.kind.name,
            name=node.name,
            generation=note.generation,
            event=note.event,
            status=note.status,
            at=at,
            outcome=note.outcome,
            why=note.why,
            failure=note.failure,
            edges=[InEdge(**edge) for edge in note.edges],
            has_value=note.has_value,
            value=note.value,
            due_at=due.isoformat() if due else None,
            output_of=note.output_of,
            override=note.override,
            meta=note.meta,
            progress=note.progress,
        )

    def _due(self, note: NoteNode) -> datetime | None:
        """Until when it waits; what has ended meanwhile waits no more."""
        found = locate(self._places.plan, self._places.run, note.path)
        return self._timers.due_of(Key(*found, note.generation)) if found else None


def _verdict(plan: Plan, note: NoteVote | NoteOverride, row: str, at: str) -> VoteNote:
    return VoteNote(
        id=row,
        path=note.path,
        node=id_at(plan, note.path),
        generation=note.generation,
        status=note.status,
        at=at,
        reason=note.reason,
    )
