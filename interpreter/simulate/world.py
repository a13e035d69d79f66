"""The world of a simulated run: it answers commands as the script says, on a virtual clock."""

from dataclasses import dataclass, field, replace
from typing import assert_never

from interpreter.messages import (
    CancelRequested,
    CloseGate,
    Command,
    DeadlinePassed,
    Delivered,
    Evaluate,
    Event,
    FinishRun,
    InputShown,
    MakeOutput,
    Migrate,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NoteCommand,
    NoteNode,
    NoteOverride,
    NotePause,
    NoteRun,
    NoteVote,
    OpenGate,
    OpenRegion,
    Result,
    Resumed,
    RunStarted,
    ShowInput,
    StartActivity,
    StartChild,
    StartTimer,
    StartUndo,
    StopNode,
    StopTimer,
    TakeEvent,
    TimerFired,
    Yield,
)
from interpreter.plan.model import Plan
from interpreter.rules import decide, facts_over, late, verdict
from interpreter.rules.acceptance import Violations
from interpreter.rules.region import DEADLINE
from interpreter.simulate.agenda import Agenda, Chooser
from interpreter.simulate.answers import Answers
from interpreter.simulate.script import Script
from interpreter.simulate.steps import Steps
from interpreter.simulate.values import Values
from interpreter.state import RunState, Scope
from interpreter.values import Json

Asked = (
    StartActivity
    | StartChild
    | Evaluate
    | OpenRegion
    | MakeOutput
    | TakeEvent
    | StartUndo
    | StartTimer
    | OpenGate
    | CloseGate
)
"""What is answered with an event."""


def nothing_wrong(*_: object) -> tuple[()]:
    """What is said of every value where nobody validates."""
    return ()


@dataclass(slots=True)
class World:
    """One simulated run. `steps` are what became of its nodes.

    `choose` picks what happens next in place of what is due first: in a test anything. `violations`
    holds outputs against `output_schema`.
    """

    plan: Plan
    script: Script
    run_input: Json
    state: RunState
    choose: Chooser | None = None
    violations: Violations = nothing_wrong
    now: float = 0.0
    agenda: Agenda = field(init=False)
    finished: FinishRun | None = None
    values: Values = field(init=False)
    steps: Steps = field(init=False)
    answers: Answers = field(init=False)

    def __post_init__(self) -> None:
        self.agenda = Agenda(self.choose)
        self.values = Values(self.plan, self.state, self.run_input)
        self.steps = Steps(self.plan, self.state, self.values)
        self.answers = Answers(self.plan, self.state, self.script, self.values, self.steps, self.violations)

    def begin(self) -> list[Command]:
        """Tell of the run's start; raises FactTooLarge when its input is too large for a guard."""
        deadline = self.plan.document.deadline
        if deadline is not None:
            self.later(deadline, DeadlinePassed())
        if self.script.cancel_after is not None:
            self.later(self.script.cancel_after, CancelRequested())
        for number, event in enumerate(self.script.events):
            self.later(event.at, Delivered(str(number), event.name, event.key))
        names = {"vars": self.plan.document.vars, "input": self.run_input}
        return self.tell(RunStarted(Result(facts=facts_over(self.plan.given, names))))

    def run(self) -> None:
        """Let happen what is due until the run has ended, or only people could go on."""
        while self.agenda and self.finished is None:
            self.step()

    def step(self) -> tuple[Event, list[Command]]:
        """Let the next thing happen."""
        due = self.agenda.take()
        self.now, event = max(self.now, due.at), due.event
        if isinstance(event, NodeFailed) and self.state.has(event.scope):
            # What is recorded of a failure is asked when it happens, not when its attempt began.
            held = verdict(self.plan, self.state, event.node, event.failure, event.scope) == "held"
            event = replace(event, held=held)
        return event, self.tell(event)

    def later(self, seconds: float, event: Event) -> None:
        """Have the event told after so many seconds."""
        self.agenda.add(self.now + seconds, event)

    def tell(self, event: Event) -> list[Command]:
        """Tell the rules, and carry out what they ask for."""
        node = event.node if isinstance(event, NodeCompleted | NodeFailed | NodeCancelled) else None
        # An item or a lap may be over with the node that this event tells of.
        scope = self._scope_of(event)
        commands = decide(self.plan, self.state, event)
        if node is not None and scope is not None:
            self.steps.told(scope, node, self.now)
        for command in commands:
            self._perform(command)
        return commands

    def _scope_of(self, event: Event) -> Scope | None:
        is_of_node = isinstance(event, NodeCompleted | NodeFailed | NodeCancelled)
        return self.state.scope(event.scope) if is_of_node and self.state.has(event.scope) else None

    def _perform(self, command: Command) -> None:
        match command:
            case NoteNode():
                self.steps.noted(command, self.now)
            case FinishRun():
                self.finished = command
            case Yield():
                self.later(0, Resumed())
            case Migrate() | NoteVote() | NoteOverride() | NoteCommand() | NotePause() | NoteRun():
                pass
            case ShowInput(node, generation, scope=scope):
                self.later(0, InputShown(node, generation, scope=scope))
            case StopTimer():
                self.agenda.drop(command.scope, command.node, only_timers=True)
            case StopNode():
                self.agenda.drop(command.scope, command.node)
                self.later(0, self._stopped(command))
            case _:
                self._answer(command)

    def _answer(self, command: Asked) -> None:
        match command:
            case StartActivity() | StartChild():
                self._began(command, "started")
                self.later(*self.answers.activity(command))
            case Evaluate():
                self.later(0, self.answers.evaluated(command))
            case OpenRegion():
                if not command.first:
                    self._began(command, "started")
                self.later(*self.answers.opened(command))
            case MakeOutput(scope):
                self.later(0, self.answers.output(scope))
            case TakeEvent():
                self.later(0, self.answers.taken(command))
            case StartUndo():
                self.later(*self.answers.undone(command, self.now))
            case StartTimer():
                seconds = self.answers.until(command, self.now)
                self.later(seconds, TimerFired(command.node, command.generation, scope=command.scope))
            case OpenGate():
                self._began(command, "waiting")
                for seconds, event in self.answers.gate(command, self.now):
                    self.later(seconds, event)
            case CloseGate():
                self.agenda.drop(command.scope, command.node)
                self.later(0, self.answers.closed(command, self.now))
            case _:
                assert_never(command)

    def _stopped(self, command: StopNode) -> Event:
        node, generation, scope = command.node, command.generation, command.scope
        if command.reason == DEADLINE:
            name = self.plan.region(self.state.scope(scope).region).nodes[node].name
            return NodeFailed(node, generation, late(name), scope=scope)
        return NodeCancelled(node, generation, unknown=True, scope=scope)

    def _began(self, command: StartActivity | StartChild | OpenRegion | OpenGate, event: str) -> None:
        self.steps.began(self.state.scope(command.scope), command.node, event, self.now)
