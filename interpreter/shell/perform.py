"""From a command of the rules to what Temporal is asked: the one place that acts."""

import asyncio
from datetime import timedelta
from typing import assert_never

from temporalio import workflow

from interpreter.document.model import point_in_time
from interpreter.messages import (
    CloseGate,
    Command,
    Evaluate,
    Failure,
    FinishRun,
    NoteNode,
    NoteOverride,
    NoteRun,
    NoteVote,
    OpenGate,
    Resumed,
    StartActivity,
    StartTimer,
    StopNode,
    Yield,
)
from interpreter.plan.model import Plan
from interpreter.shell import carry_on
from interpreter.shell.activities import Activities, Key
from interpreter.shell.flush import Flusher
from interpreter.shell.gates import Gates
from interpreter.shell.mailbox import BREATH, Mailbox
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.timers import Timers
from interpreter.shell.visible import Visible
from interpreter.shell.wire import RunInput
from interpreter.state import RunState


class Performer:
    """Carries commands out, for one run. Everything answers by an event in the mailbox."""

    def __init__(self, plan: Plan, state: RunState, run: RunInput, mailbox: Mailbox) -> None:
        tasks = TaskWriter(plan, state, run)
        self.mailbox, self.tasks, self._plan, self._state = mailbox, tasks, plan, state
        self.visible = Visible(plan, state)
        self.timers = Timers(mailbox)
        self.flusher = Flusher(plan, run, mailbox, self.timers)
        self.activities = Activities(plan, state, mailbox, tasks)
        self.gates = Gates(plan, mailbox, tasks, self.flusher, self.timers, self.activities)
        self.finish: FinishRun | None = None
        self._breathing = False

    @property
    def quiet(self) -> bool:
        """True if nothing is on its way to or from an activity."""
        asked = not (self.activities.quiet and self.gates.quiet and self.flusher.idle)
        return not asked and not self._breathing and self.mailbox.quiet

    def settle_turn(self) -> None:
        """After a turn's commands: start what there is room for, and write what was noted."""
        if not carry_on.must_hold():
            self.activities.start_waiting()
        self.flusher.begin()
        if self._state.gates:
            self.visible.show_gates()

    def perform(self, command: Command) -> None:
        """Do one thing."""
        match command:
            case StartActivity(node, generation):
                self.activities.queue((node, generation))
            case Evaluate(node, generation):
                self.gates.evaluate((node, generation))
            case StartTimer():
                self._start_timer(command)
            case OpenGate(node, generation):
                self.gates.open((node, generation))
            case CloseGate():
                self.gates.close(command)
            case StopNode(node, generation, reason):
                self._stop((node, generation), reason)
            case NoteNode() | NoteVote() | NoteOverride():
                self.flusher.note(command)
            case NoteRun():
                self.flusher.note(command)
                self.visible.show_status(command.status)
            case FinishRun():
                self.finish = command
            case Yield():
                self._breathing = True
                asyncio.get_running_loop().call_later(BREATH, self._resume)
            case _:
                assert_never(command)

    def _resume(self) -> None:
        self._breathing = False
        self.mailbox.put(Resumed())

    def _start_timer(self, command: StartTimer) -> None:
        key, name = (command.node, command.generation), self._plan.nodes[command.node].name
        if command.at is None:
            self.timers.start(key, workflow.now() + timedelta(seconds=command.seconds or 0), name)
            return
        try:
            self.timers.start(key, point_in_time(command.at), name)
        except ValueError:
            message = "`at` has to be an RFC 3339 time with its offset, such as 2026-01-31T09:00:00Z"
            self.activities.fail(key, Failure("InvalidTime", message, "input", node=self._plan.nodes[key[0]].id))

    def _stop(self, key: Key, reason: str) -> None:
        is_gate = self._plan.nodes[key[0]].behaviour == "gate"
        if self.gates.asks(key) or (is_gate and not self.activities.holds(key)):
            self.gates.stop(key, reason)
        else:
            self.timers.stop(key)
            self.activities.stop(key, reason)
