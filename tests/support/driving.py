"""A run whose every command is answered at once and well: what is left to measure are the rules."""

import gc
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from interpreter.messages import (
    Command,
    Evaluate,
    Event,
    MakeOutput,
    NodeCancelled,
    NodeCompleted,
    OpenRegion,
    OutputMade,
    RegionOpened,
    Result,
    Resumed,
    RunStarted,
    StartActivity,
    StopNode,
    TakeEvent,
    Yield,
)
from interpreter.plan.model import Plan
from interpreter.rules import decide
from interpreter.state import RunState

RESULT = Result(1, "hash")


@dataclass
class Driven:
    """`calls` of decide took `seconds` of processor time, one of them at most `longest` and said at most `most`."""

    plan: Plan
    items: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    most: int = 0
    calls: int = 0
    started: int = 0
    state: RunState = field(init=False)
    waiting: deque[Command] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.state = RunState.begin(self.plan, run={"id": "r"}, env={})

    def tell(self, event: Event) -> None:
        began = time.thread_time()
        commands = decide(self.plan, self.state, event)
        spent = time.thread_time() - began
        self.seconds, self.longest, self.calls = self.seconds + spent, max(self.longest, spent), self.calls + 1
        self.most = max(self.most, len(commands))
        self.waiting.extend(commands)

    def settle(self) -> None:
        """Answer what was asked for, in order, until nothing is."""
        while self.waiting:
            event = self._answer(self.waiting.popleft())
            if event is not None:
                self.tell(event)

    def resume(self) -> None:
        """Answer nothing but Yield: what runs goes on running."""
        while any(isinstance(command, Yield) for command in self.waiting):
            self.waiting = deque(command for command in self.waiting if not isinstance(command, Yield))
            self.tell(Resumed())

    def _answer(self, command: Command) -> Event | None:
        match command:
            case StartActivity() | Evaluate() | TakeEvent():
                self.started += isinstance(command, StartActivity)
                return NodeCompleted(command.node, command.generation, RESULT, scope=command.scope)
            case OpenRegion():
                return RegionOpened(command.node, command.generation, self.items, command.first, scope=command.scope)
            case MakeOutput(scope):
                return OutputMade(scope, RESULT)
            case StopNode():
                return NodeCancelled(command.node, command.generation, scope=command.scope)
            case Yield():
                return Resumed()
            case _:
                return None


def drive(plan: Plan, *, items: int = 0, events: Iterable[Event] = ()) -> Driven:
    """Bring a run to its end; `events` are told once all that the run begins with is under way."""
    driven = Driven(plan, items)
    gc.collect()
    gc.disable()
    try:
        driven.tell(RunStarted(Result()))
        told = list(events)
        if told:
            driven.resume()
        for event in told:
            driven.tell(event)
        driven.settle()
    finally:
        gc.enable()
    assert driven.state.finished
    return driven
