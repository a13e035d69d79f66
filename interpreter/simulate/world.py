"""The world of a simulated run: it answers commands as the script says, on a virtual clock."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from interpreter.expressions import ExpressionError, ExpressionProblem, Scope, prepare_value, resolve_value
from interpreter.messages import (
    CancelRequested,
    CloseGate,
    Command,
    DeadlinePassed,
    Evaluate,
    Event,
    Failure,
    FinishRun,
    GateOpened,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NoteNode,
    NoteOverride,
    NoteRun,
    NoteVote,
    OpenGate,
    Result,
    Resumed,
    RunStarted,
    StartActivity,
    StartTimer,
    StopNode,
    TimerFired,
    Voted,
    Yield,
)
from interpreter.plan.model import Plan
from interpreter.rules import FactTooLarge, decide, facts_over, verdict
from interpreter.rules.evaluate import entry_of, expression_failure
from interpreter.simulate.attempts import play
from interpreter.simulate.script import Attempt, Script, Unknown
from interpreter.state import FINAL_NODE, RunState
from interpreter.values import Json, canonical, digest


@dataclass(slots=True)
class Due:
    """An event that will be told. `number` is the order in which they came up."""

    at: float
    number: int
    event: Event


@dataclass(frozen=True, slots=True)
class Entry:
    """A node's new state, by the short name of its event."""

    at: float
    event: str
    node: int
    generation: int


Chooser = Callable[[list[Due]], int]


def earliest(due: list[Due]) -> int:
    """The place of the event whose time has come first; a vote before a timer of the same moment."""
    return min(range(len(due)), key=lambda place: (due[place].at, _rank(due[place].event), due[place].number))


def _rank(event: Event) -> int:
    return 1 if isinstance(event, TimerFired) else 0


@dataclass(slots=True)
class World:
    """One simulated run. `values` are the outputs by node, `log` what became of the nodes, in order.

    `choose` picks what happens next: the earliest, or in a test anything.
    """

    plan: Plan
    script: Script
    run_input: Json
    state: RunState
    choose: Chooser = earliest
    now: float = 0.0
    due: list[Due] = field(default_factory=list)
    values: dict[int, Json] = field(default_factory=dict)
    inputs: dict[int, Json] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)
    finished: FinishRun | None = None
    _number: int = 0

    def begin(self) -> list[Command]:
        """Tell of the run's start; raises FactTooLarge when its input is too large for a guard."""
        deadline = self.plan.document.deadline
        if deadline is not None:
            self.later(deadline, DeadlinePassed())
        if self.script.cancel_after is not None:
            self.later(self.script.cancel_after, CancelRequested())
        names = {"vars": self.plan.document.vars, "input": self.run_input}
        return self.tell(RunStarted(Result(facts=facts_over(self.plan.input_facts, names))))

    def run(self) -> None:
        """Let happen what is due until the run has ended, or only people could go on."""
        while self.due and self.finished is None:
            self.step()

    def step(self) -> tuple[Event, list[Command]]:
        """Let the next thing happen."""
        next_due = self.due.pop(self.choose(self.due))
        self.now, event = max(self.now, next_due.at), next_due.event
        if isinstance(event, NodeFailed):
            # What is recorded of a failure is asked when it happens, not when its attempt began.
            event = replace(event, held=verdict(self.plan, self.state, event.node, event.failure) == "held")
        return event, self.tell(event)

    def later(self, seconds: float, event: Event) -> None:
        """Have the event told after so many seconds."""
        self._number += 1
        self.due.append(Due(self.now + seconds, self._number, event))

    def tell(self, event: Event) -> list[Command]:
        """Tell the rules, and carry out what they ask for."""
        commands = decide(self.plan, self.state, event)
        if isinstance(event, NodeCompleted | NodeFailed | NodeCancelled):
            self._note(event.node, event.generation, str(self.state.nodes[event.node].status))
        for command in commands:
            self._perform(command)
        return commands

    def _note(self, node: int, generation: int, event: str) -> None:
        self.log.append(Entry(self.now, event, node, generation))

    def _perform(self, command: Command) -> None:
        match command:
            case StartActivity(node, generation):
                self._note(node, generation, "started")
                self._start(node, generation)
            case Evaluate(node, generation):
                self.later(0, self._evaluated(node, generation))
            case StartTimer(node, generation, seconds, at):
                self.later(seconds if seconds is not None else self._until(at), TimerFired(node, generation))
            case OpenGate(node, generation):
                self._note(node, generation, "waiting")
                self._open(node, generation)
            case CloseGate():
                self._close(command)
            case StopNode(node, generation):
                self._drop(node)
                self.later(0, NodeCancelled(node, generation))
            case NoteNode(node, generation, event):
                self._note(node, generation, event)
                if command.has_value:
                    self.values[command.node] = command.value
            case FinishRun():
                self.finished = command
            case Yield():
                self.later(0, Resumed())
            case NoteVote() | NoteOverride() | NoteRun():
                pass
            case _:
                assert_never(command)

    def _start(self, node: int, generation: int) -> None:
        planned = self.plan.nodes[node]
        assert planned.dispatch is not None
        outcome = play(planned.dispatch, self.script.attempts.get(planned.id, (Attempt(),)))
        self.attempts[node] = outcome.number
        self.inputs[node] = self._resolved(planned.node.with_, node)
        if outcome.attempt.failure is None:
            self.later(outcome.seconds, self._completed(node, generation, outcome.attempt.output))
        else:
            self.later(outcome.seconds, NodeFailed(node, generation, outcome.attempt.failure))

    def _completed(self, node: int, generation: int, output: Json | Unknown, outcome: str = "success") -> Event:
        planned = self.plan.nodes[node]
        entry: dict[str, Json] = {"input": self.inputs.get(node)}
        size, sha256 = 0, None
        if not isinstance(output, Unknown):
            text = canonical(output)
            entry["output"], size, sha256 = output, len(text.encode()), digest(text)
        try:
            facts = facts_over(planned.facts, {"vars": self.plan.document.vars, "nodes": {planned.id: entry}})
        except FactTooLarge as error:
            return NodeFailed(node, generation, Failure("FactTooLarge", str(error), "input"))
        if not isinstance(output, Unknown):
            self.values[node] = output
        return NodeCompleted(node, generation, Result(size, sha256, facts), outcome)

    def _evaluated(self, node: int, generation: int) -> Event:
        planned = self.plan.nodes[node]
        names = self.names(node)
        try:
            value = self._value_of(node, names)
        except ExpressionError as error:
            return NodeFailed(node, generation, expression_failure(error.message, planned.id))
        return self._completed(node, generation, value)

    def _value_of(self, node: int, names: dict[str, Any]) -> Json:
        planned = self.plan.nodes[node]
        if isinstance(planned.value, str):
            outputs = {one["id"]: one.get("output") for one in names["arrived"]}
            merged = {"object": outputs, "list": list(outputs.values())}
            return merged.get(planned.value, next(iter(outputs.values()), None))
        assert planned.value is not None, "what is evaluated has a value"
        value = resolve_value(planned.value, Scope(names))
        return value.get("output") if planned.behaviour == "end" and isinstance(value, dict) else value

    def _open(self, node: int, generation: int) -> None:
        planned = self.plan.nodes[node]
        said = planned.node.with_
        approvers = said.get("approvers")
        names = tuple(map(str, approvers)) if isinstance(approvers, list | tuple) else (str(approvers),)
        rule = (planned.outcomes, said.get("quorum", 1), said.get("reject", "any"), names)
        self.later(0, GateOpened(node, generation, *rule))
        for number, vote in enumerate(self.script.votes.get(planned.id, ())):
            event = Voted(f"{planned.id}:{number}", node, generation, vote.decision, vote.by, vote.groups)
            self.later(vote.after, event)
        if planned.node.timeout is not None:
            self.later(planned.node.timeout, TimerFired(node, generation))

    def _close(self, command: CloseGate) -> None:
        planned = self.plan.nodes[command.node]
        votes = [
            {"by": vote.by, "decision": vote.decision, "form": vote.form, "at": self.now}
            for number, vote in enumerate(self.script.votes.get(planned.id, ()))
            if f"{planned.id}:{number}" in command.applied
        ]
        last = votes[-1] if votes else {"by": None, "form": None, "at": self.now}
        output = {"outcome": command.outcome, **{key: last[key] for key in ("form", "by", "at")}, "votes": votes}
        self._drop(command.node)
        self.later(0, self._completed(command.node, command.generation, output, command.outcome))

    def _drop(self, node: int) -> None:
        """What runs for the node is stopped: nothing of it will be told any more."""
        self.due = [one for one in self.due if not isinstance(one.event, STOPPABLE) or one.event.node != node]

    def _until(self, at: str | None) -> float:
        started = datetime.fromisoformat(self.state.run["started_at"])
        try:
            return max(0.0, (datetime.fromisoformat(str(at)) - started).total_seconds() - self.now)
        except (ValueError, TypeError):
            return 0.0

    def _resolved(self, value: Any, node: int) -> Json:
        """A node's parameters, or null where they read what was not scripted."""
        try:
            return resolve_value(prepare_value(value), Scope(self.names(node)))
        except (ExpressionError, ExpressionProblem):
            return None

    def names(self, node: int | None = None) -> dict[str, Any]:
        """All that an expression may name, with the values known so far."""
        plan, state = self.plan, self.state
        ended = {planned.id: self._entry(planned.index) for planned in plan.nodes if self._has_ended(planned.index)}
        arrived = [plan.edges[edge].source for edge in state.nodes[node].arrived] if node is not None else []
        return {
            "input": self.run_input,
            "vars": plan.document.vars,
            "env": state.env,
            "run": state.run,
            "nodes": ended,
            "arrived": [{"id": plan.nodes[source].id, **self._entry(source)} for source in arrived],
        }

    def _has_ended(self, node: int) -> bool:
        return self.state.nodes[node].status in FINAL_NODE

    def _entry(self, node: int) -> dict[str, Any]:
        known = self.state.nodes[node]
        entry = entry_of(known)
        if known.has_output and node in self.values:
            entry["output"] = self.values[node]
        if node in self.inputs:
            entry["input"] = self.inputs[node]
        return entry


STOPPABLE = (NodeCompleted, NodeFailed, TimerFired, GateOpened, Voted)
