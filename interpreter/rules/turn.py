"""One call of `decide`: what it works on, what it has said so far, what it has spent."""

from dataclasses import dataclass, field
from heapq import heappush

from interpreter.messages import Command
from interpreter.plan.model import Plan
from interpreter.state import RunState


@dataclass(slots=True)
class Turn:
    """The rules read `plan`, change `state` and say commands, which are carried out in this order."""

    plan: Plan
    state: RunState
    commands: list[Command] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    """The nodes that have ended in this call."""
    spent: int = 0
    """Steps taken, those of expressions included: what bounds one activation."""

    def say(self, command: Command) -> None:
        """Ask for something to be done."""
        self.commands.append(command)

    def look_at(self, node: int) -> None:
        """Have an undecided node looked at in this cascade, in plan order."""
        heappush(self.state.queue, node)
