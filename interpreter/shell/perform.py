"""From a command of the rules to what Temporal is asked: the one place that acts."""

import asyncio
from typing import assert_never

from interpreter.messages import (
    CloseGate,
    Command,
    Evaluate,
    Failure,
    FinishRun,
    MakeOutput,
    Migrate,
    NoteCommand,
    NoteNode,
    NoteOverride,
    NotePause,
    NoteRun,
    NoteVote,
    OpenGate,
    OpenRegion,
    Resumed,
    ShowInput,
    StartActivity,
    StartChild,
    StartTimer,
    StartUndo,
    StopNode,
    StopTimer,
    TakeEvent,
    Yield,
)
from interpreter.shell import carry_on
from interpreter.shell.activities import Activities
from interpreter.shell.answers import Answers
from interpreter.shell.children import Children
from interpreter.shell.flush import Flusher
from interpreter.shell.gates import Gates
from interpreter.shell.keys import Key, Places, key_of
from interpreter.shell.mailbox import BREATH, Mailbox
from interpreter.shell.nearby import Nearby
from interpreter.shell.reuse import Reuse
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.timers import Timers, due_of
from interpreter.shell.undo import Undoing
from interpreter.shell.values import Values
from interpreter.shell.visible import Visible
from interpreter.shell.wire import RunInput

ASKED_AT_ONCE = 64
"""Quick activities of one run at once. Those that fail here are asked for as ordinary ones, of which Temporal takes 2,000."""


class Performer:
    """Carries commands out, for one run. Everything answers by an event in the mailbox."""

    def __init__(self, places: Places, run: RunInput, mailbox: Mailbox) -> None:
        self.mailbox, self._places = mailbox, places
        self.tasks = TaskWriter(places, run)
        self.visible = Visible()
        self.timers = Timers(mailbox)
        self.flusher = Flusher(places, run, mailbox, self.timers)
        room = asyncio.Semaphore(ASKED_AT_ONCE)
        self.activities = Activities(places, mailbox, self.tasks, self.flusher, room, Nearby(allowed=run.nearby))
        self.answers = Answers(places, mailbox, self.flusher, self.activities, room)
        self.gates = Gates(places, self.tasks, self.timers, self.answers, self.visible)
        self.values = Values(places, self.tasks, self.answers, self.activities)
        self.children = Children(places, mailbox, self.tasks, self.answers, self.activities)
        self.undoing = Undoing(places, mailbox, self.tasks, self.flusher)
        self.reuse = Reuse(places, run, mailbox, self.tasks, self.flusher, self.timers, room, self._begin)
        self.held: list[carry_on.Start] = []
        """What begins in the next execution, as this one has to come to rest."""
        self.migrations: list[str] = []
        """The commands by which the run is to come to rest, and go on under another version."""
        self.finish: FinishRun | None = None
        self._breathing = False

    @property
    def quiet(self) -> bool:
        """True if nothing is on its way to or from an activity."""
        asked = self.activities.quiet and self.answers.quiet and self.undoing.quiet and self.reuse.quiet
        return asked and self.flusher.idle and not self._breathing and self.mailbox.quiet

    @property
    def busy(self) -> list[Key]:
        """What is on its way to or from an activity."""
        return [*self.activities.busy, *self.answers.busy, *self.undoing.busy]

    @property
    def comes_to_rest(self) -> bool:
        """Whether starts have to wait until nothing is in flight any more."""
        return bool(self.migrations) or carry_on.must_hold()

    def go_on(self) -> None:
        """The run need not come to rest after all: begin what had to wait."""
        held, self.held = self.held, []
        for command in held:
            self._begin(command)

    def settle_turn(self) -> None:
        """After a turn's commands: start what there is room for, and write what was noted."""
        if not self.migrations:
            self.reuse.begin()
        if not self.comes_to_rest:
            self.activities.start_waiting()
        self.flusher.begin()

    def perform(self, command: Command) -> None:
        """Do one thing, now or in the next execution, unless a rerun has it done already."""
        if not self.reuse.takes(command):
            self._begin(command)

    def _begin(self, command: Command) -> None:
        if isinstance(command, carry_on.Start) and self.comes_to_rest:
            self.held.append(command)
        else:
            self._perform(command)

    def _perform(self, command: Command) -> None:  # noqa: PLR0912, C901 - one line for each command
        match command:
            case StartActivity():
                self.activities.queue(key_of(command))
            case Evaluate():
                self.values.evaluate(key_of(command))
            case OpenRegion():
                self.values.open_region(key_of(command), command.first, command.kept)
            case MakeOutput():
                self.values.make_output(command.scope)
            case TakeEvent():
                self.values.take_event(key_of(command), command.event)
            case StartChild():
                self.children.start(key_of(command))
            case StartUndo():
                self.undoing.start(key_of(command), unknown=command.unknown)
            case StartTimer():
                self._start_timer(command)
            case StopTimer():
                self.timers.stop(key_of(command))
            case OpenGate():
                self.gates.open(key_of(command))
            case CloseGate():
                self.gates.close(command)
            case StopNode():
                self._stop(key_of(command), command.reason)
            case NoteNode():
                self.flusher.note(command)
                self.reuse.hear(command)
            case NoteVote() | NoteOverride() | NoteCommand():
                self.flusher.note(command)
            case NotePause():
                self.flusher.note(command)
                self._pause(command)
            case ShowInput():
                self.values.show_input(key_of(command))
            case NoteRun():
                self.flusher.note(command)
                self.activities.release()
                self.visible.show_status(command.status)
            case Migrate():
                self.migrations.append(command.command)
            case FinishRun():
                self.finish = command
            case Yield():
                self._breathing = True
                asyncio.get_running_loop().call_later(BREATH, self._resume)
            case _:
                assert_never(command)

    def _pause(self, command: NotePause) -> None:
        """What was decided and is not in flight yet waits along."""
        if command.paused:
            self.activities.hold()
        else:
            self.activities.release()
        self.visible.show_status("paused" if command.paused else "running")

    def _resume(self) -> None:
        self._breathing = False
        self.mailbox.put(Resumed())

    def _start_timer(self, command: StartTimer) -> None:
        key = key_of(command)
        try:
            self.timers.start(key, due_of(command), self._places.planned(key).name)
        except ValueError:
            message = "`at` has to be an RFC 3339 time with its offset, such as 2026-01-31T09:00:00Z"
            self.activities.fail(key, Failure("InvalidTime", message, "input", node=self._places.planned(key).id))

    def _stop(self, key: Key, reason: str) -> None:
        held = [command for command in self.held if isinstance(command, MakeOutput) or key_of(command) != key]
        if len(held) < len(self.held):
            self.held = held
            self.activities.stop(key, reason)
            return
        if self.reuse.asks(key):
            self.reuse.stop(key, reason)
            return
        if self.answers.awaits(key):
            self.answers.stop(key, reason)
            return
        behaviour = self._places.planned(key).behaviour
        if behaviour == "subworkflow":
            self.children.stop(key, reason)
        elif behaviour == "gate" and not self.activities.holds(key):
            self.gates.cancel(key, reason)
        else:
            self.timers.stop(key)
            self.activities.stop(key, reason)
