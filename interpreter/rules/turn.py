"""One call of `decide`: what it works on, what it has said so far, what it has spent."""

from dataclasses import dataclass, field
from heapq import heappush

from interpreter.catalogue import Behaviour
from interpreter.messages import Command, StartTimer, StopTimer
from interpreter.plan.model import Plan, Region
from interpreter.state import RunState, Scope

TIMED: frozenset[Behaviour] = frozenset({"map", "loop", "subworkflow", "agent", "event"})
"""What has a timer beside it while it is open. A gate's and a wait's are stopped with them."""


STEPS = 5_000
"""How much one call may decide: some tens of milliseconds, and half a megabyte of notes. One node's
expressions may go beyond.
"""
LOOK = 10
"""Steps that looking at one node counts, besides those of its expressions."""


@dataclass(slots=True)
class Said:
    """What one call of `decide` has come to: commands in the order in which they are carried out, and
    the steps taken, those of expressions included: what bounds one activation.
    """

    commands: list[Command] = field(default_factory=list)
    spent: int = 0


@dataclass(slots=True)
class Turn:
    """The rules at one scope: they read `plan`, its region, change `state` and say commands.

    `whole` and `run` are the plan and the state of the whole run.
    """

    whole: Plan
    run: RunState
    plan: Region
    state: Scope
    said: Said

    @classmethod
    def begin(cls, plan: Plan, run: RunState) -> "Turn":
        """At the root."""
        return cls(plan, run, plan, run, Said())

    def at(self, scope: int) -> "Turn":
        """The same call at another scope."""
        if scope == self.state.id:
            return self
        state = self.run.scope(scope)
        return Turn(self.whole, self.run, self.whole.region(state.region), state, self.said)

    def outside(self) -> "Turn":
        """The same call at the scope that this one stands in."""
        return self.at(self.state.parent)

    def say(self, command: Command) -> None:
        """Ask for something to be done."""
        self.said.commands.append(command)

    def spend(self, steps: int) -> None:
        """Count what was done."""
        self.said.spent += steps

    @property
    def full(self) -> bool:
        """Whether this call has done enough."""
        return self.said.spent >= STEPS

    def look_at(self, node: int) -> None:
        """Have a node looked at in this cascade, by scope and in plan order."""
        heappush(self.run.queue, (self.state.id, node))

    def left(self, node: int) -> None:
        """A node has ended."""
        state, known = self.state, self.state.nodes[node]
        state.open -= 1
        if known.stopping is not None:
            state.stopping -= 1
        self.stop_timer(node)
        self.run.due.pop((state.id, node), None)
        self.run.passing.pop((state.id, node), None)
        if not state.open and state.id:
            self.run.closing.append(state.id)

    def start_timer(self, node: int) -> None:
        """Start the deadline of what no activity has one for."""
        planned = self.plan.nodes[node]
        if planned.node.deadline is not None:
            generation = self.state.nodes[node].generation
            self.say(StartTimer(node, generation, seconds=planned.node.deadline, scope=self.state.id))

    def stop_timer(self, node: int) -> None:
        """Await no longer the time until which the node may be open, if there is one."""
        planned = self.plan.nodes[node]
        if planned.behaviour in TIMED and (planned.node.timeout or planned.node.deadline) is not None:
            self.say(StopTimer(node, self.state.nodes[node].generation, scope=self.state.id))
