"""The world of a simulated run: it answers commands as the script says, on a virtual clock."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import assert_never

from interpreter.messages import (
    CancelRequested,
    CloseGate,
    Command,
    DeadlinePassed,
    Delivered,
    Evaluate,
    Event,
    EventRefused,
    FinishRun,
    GateOpened,
    MakeOutput,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NoteNode,
    NoteOverride,
    NoteRun,
    NoteVote,
    OpenGate,
    OpenRegion,
    RegionOpened,
    Result,
    Resumed,
    RunStarted,
    StartActivity,
    StartChild,
    StartTimer,
    StartUndo,
    StopNode,
    StopTimer,
    TakeEvent,
    TimerFired,
    Voted,
    Yield,
)
from interpreter.plan.model import Plan
from interpreter.rules import decide, facts_over, verdict
from interpreter.rules.acceptance import Violations
from interpreter.simulate.answers import Answers
from interpreter.simulate.script import Script
from interpreter.simulate.steps import Steps
from interpreter.simulate.values import Values
from interpreter.state import RunState, Scope
from interpreter.values import Json


@dataclass(order=True, slots=True)
class Due:
    """An event that will be told. Of one moment a vote comes before a timer, else what came up first."""

    at: float
    rank: int
    number: int
    event: Event = field(compare=False)


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
Chooser = Callable[[list[Due]], int]


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
    due: list[Due] = field(default_factory=list)
    finished: FinishRun | None = None
    values: Values = field(init=False)
    steps: Steps = field(init=False)
    answers: Answers = field(init=False)
    _number: int = 0

    def __post_init__(self) -> None:
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
        while self.due and self.finished is None:
            self.step()

    def step(self) -> tuple[Event, list[Command]]:
        """Let the next thing happen."""
        next_due = heappop(self.due) if self.choose is None else self.due.pop(self.choose(self.due))
        self.now, event = max(self.now, next_due.at), next_due.event
        if isinstance(event, NodeFailed) and self.state.has(event.scope):
            # What is recorded of a failure is asked when it happens, not when its attempt began.
            held = verdict(self.plan, self.state, event.node, event.failure, event.scope) == "held"
            event = replace(event, held=held)
        return event, self.tell(event)

    def later(self, seconds: float, event: Event) -> None:
        """Have the event told after so many seconds."""
        self._number += 1
        heappush(self.due, Due(self.now + seconds, isinstance(event, TimerFired), self._number, event))

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
            case NoteVote() | NoteOverride() | NoteRun():
                pass
            case StopTimer():
                self._drop((TimerFired,), command.scope, command.node)
            case StopNode():
                self._drop(STOPPABLE, command.scope, command.node)
                self.later(0, NodeCancelled(command.node, command.generation, unknown=True, scope=command.scope))
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
                self.later(0, self.answers.opened(command))
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
                self._drop(STOPPABLE, command.scope, command.node)
                self.later(0, self.answers.closed(command, self.now))
            case _:
                assert_never(command)

    def _began(self, command: StartActivity | StartChild | OpenRegion | OpenGate, event: str) -> None:
        self.steps.began(self.state.scope(command.scope), command.node, event, self.now)

    def _drop(self, kinds: tuple[type, ...], scope: int, node: int) -> None:
        """What runs for the node is stopped: nothing of it will be told any more."""
        self.due = [one for one in self.due if not _is_of(one.event, kinds, scope, node)]
        heapify(self.due)


STOPPABLE = (NodeCompleted, NodeFailed, TimerFired, GateOpened, Voted, RegionOpened, EventRefused)


def _is_of(event: Event, kinds: tuple[type, ...], scope: int, node: int) -> bool:
    return isinstance(event, STOPPABLE) and isinstance(event, kinds) and (event.scope, event.node) == (scope, node)
