"""How the script's world answers what the rules ask for: each command with an event."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from interpreter.expressions import ExpressionError, ExpressionProblem, Scope, evaluate
from interpreter.messages import (
    AtNode,
    CloseGate,
    Evaluate,
    Event,
    EventRefused,
    FactValue,
    Failure,
    GateOpened,
    NodeCompleted,
    NodeFailed,
    NodeUndone,
    OpenGate,
    OpenRegion,
    OutputFailed,
    OutputMade,
    RegionOpened,
    Result,
    StartActivity,
    StartChild,
    StartTimer,
    StartUndo,
    TakeEvent,
    TimerFired,
    Voted,
)
from interpreter.plan.model import FactSpec, Plan, PlannedNode
from interpreter.plan.sites import expression_of
from interpreter.rules import FactTooLarge, facts_of_lap, facts_over
from interpreter.rules.acceptance import Violations, accept_refusal, schema_refusal
from interpreter.rules.evaluate import expression_failure
from interpreter.simulate.attempts import play
from interpreter.simulate.patterns import best
from interpreter.simulate.script import UNKNOWN, Attempt, Script, Unknown, Vote
from interpreter.simulate.steps import Entry, Step, Steps
from interpreter.simulate.values import Values, collected
from interpreter.state import RunState
from interpreter.state import Scope as Instance
from interpreter.values import Json, canonical, digest

AT_ONCE = 200
"""Items of a map whose facts are told together."""
NOTHING_SCRIPTED = (Attempt(),)


@dataclass(slots=True)
class Answers:
    """Answers for one run. What it gives is told `Values` and `Steps`. `opened_at` are the gates' times."""

    plan: Plan
    state: RunState
    script: Script
    values: Values
    steps: Steps
    violations: Violations
    opened_at: dict[str, float] = field(default_factory=dict)

    def activity(self, command: StartActivity | StartChild | OpenRegion) -> tuple[float, Event]:
        """When and how an activity, a sub-workflow or an agent ends."""
        scope, node, path = self._at(command)
        scripted = best(self.script.attempts, path, node.id) or NOTHING_SCRIPTED
        attempts = tuple(self._taken_or_not(scope, node, attempt) for attempt in scripted)
        self._resolve(scope, node, path)
        if node.dispatch is None:
            attempt, seconds, self.steps.attempts[path] = attempts[0], attempts[0].seconds, 1
        else:
            outcome = play(node.dispatch, attempts)
            attempt, seconds, self.steps.attempts[path] = outcome.attempt, outcome.seconds, outcome.number
        if attempt.failure is None:
            return seconds, self._completed(command, attempt.output)
        return seconds, self._failed(command, attempt.failure)

    def _taken_or_not(self, scope: Instance, node: PlannedNode, attempt: Attempt) -> Attempt:
        """The attempt, or its failure where a worker would refuse its output."""
        if attempt.failure is not None or isinstance(attempt.output, Unknown):
            return attempt
        refusal = schema_refusal(node, attempt.output, self.violations)
        if refusal is None and node.node.accept is not None:
            refusal = accept_refusal(node, attempt.output, self.values.names(scope, node))
        return attempt if refusal is None else replace(attempt, output=UNKNOWN, failure=refusal)

    def _resolve(self, scope: Instance, node: PlannedNode, path: str) -> None:
        """The node's parameters, where they do not read what was not scripted."""
        try:
            self.values.inputs[path] = self.values.parameters(scope, node)
        except (ExpressionError, ExpressionProblem):
            self.values.inputs[path] = None

    def evaluated(self, command: Evaluate) -> Event:
        """The value of a node that the rules could not make themselves."""
        scope, node, path = self._at(command)
        if node.behaviour == "map":
            ended = scope.repeats[node.index].ended
            paths = {item: f"{path}.{item}" for item in range(len(ended))}
            outputs = {item: self.values.outputs.get(paths[item]) for item in paths}
            errors = {item: _error_of(self.steps.ended.get(paths[item])) for item in paths}
            how = node.node.with_.get("on_item_error", "fail")
            return self._completed(command, collected("".join(ended), how, outputs, errors))
        try:
            return self._completed(command, self.values.value_of(scope, node))
        except ExpressionError as error:
            return self._failed(command, expression_failure(error.message, node.id))

    def opened(self, command: OpenRegion) -> tuple[float, Event]:
        """The items of a map or the `initial` of a loop; an agent does its task at once."""
        scope, node, path = self._at(command)
        if node.behaviour == "agent":
            return self.activity(command)
        return 0, self._opened_in(scope, node, path, command)

    def _opened_in(self, scope: Instance, node: PlannedNode, path: str, command: OpenRegion) -> Event:
        assert node.body is not None
        body = self.plan.region(node.body)
        names = Scope(self.values.names(scope, node))
        try:
            if body.until is not None:
                self.values.initial[path] = self.values.parameters(scope, node).get("initial")
                return self._opened(command, 1, body.given, "prev", [self.values.initial[path]])
            if path not in self.values.items or not (command.first or command.kept):
                self.values.items[path] = _list(evaluate(expression_of(node.node.with_["items"]), names))
        except ExpressionError as error:
            return self._failed(command, expression_failure(error.message, f"{node.id}.with"))
        items = self.values.items[path]
        told = items[command.first : command.first + AT_ONCE]
        return self._opened(command, len(items), body.given, body.names[0], told)

    def _opened(
        self, command: OpenRegion, count: int, specs: tuple[FactSpec, ...], name: str, given: list[Json]
    ) -> Event:
        constants = {"vars": self.plan.document.vars}
        try:
            facts = tuple(facts_over(specs, {**constants, name: value}) for value in given) if specs else ()
        except FactTooLarge as error:
            return self._failed(command, Failure("FactTooLarge", str(error), "input"))
        return RegionOpened(command.node, command.generation, count, command.first, facts, scope=command.scope)

    def output(self, scope_id: int) -> Event:
        """The output of an item or a lap."""
        scope = self.state.scope(scope_id)
        region = self.plan.region(scope.region)
        if self.values.unknown(scope):
            return OutputMade(scope_id, Result())
        try:
            value = self.values.output_of(scope)
            facts = {} if region.until is None else self._facts_of_lap(scope, value)
        except ExpressionError as error:
            return OutputFailed(scope_id, expression_failure(error.message, "output"))
        except FactTooLarge as error:
            return OutputFailed(scope_id, Failure("FactTooLarge", str(error), "input"))
        self.values.outputs[scope.path] = value
        text = canonical(value)
        return OutputMade(scope_id, Result(len(text.encode()), digest(text), facts))

    def _facts_of_lap(self, scope: Instance, value: Json) -> dict[int, FactValue]:
        outer = self.state.scope(scope.parent)
        loop = self.plan.region(outer.region).nodes[scope.owner]
        return facts_of_lap(self.plan.region(scope.region), loop, scope.key, value, self._constants({}))

    def _constants(self, names: dict[str, Json]) -> dict[str, Json]:
        return {"vars": self.plan.document.vars, **names}

    def taken(self, command: TakeEvent) -> Event:
        """The event's payload is the node's output, unless it breaks the schema: then the node waits on."""
        _, node, _ = self._at(command)
        payload = self.script.events[int(command.event)].payload
        if schema_refusal(node, payload, self.violations) is not None:
            return EventRefused(command.node, command.generation, command.event, scope=command.scope)
        return self._completed(command, payload)

    def undone(self, command: StartUndo, now: float) -> tuple[float, Event]:
        """How a compensation goes: well, where nothing else is scripted."""
        _, node, path = self._at(command)
        assert node.undo is not None
        outcome = play(node.undo.dispatch, best(self.script.attempts, f"{path}~undo", node.id) or NOTHING_SCRIPTED)
        status = "completed" if outcome.attempt.failure is None else "failed"
        self.steps.log.append(Entry(now + outcome.seconds, status, f"{path}~undo", node.id))
        event = NodeUndone(command.node, command.generation, outcome.attempt.failure, scope=command.scope)
        return outcome.seconds, event

    def gate(self, command: OpenGate, now: float) -> Iterator[tuple[float, Event]]:
        """The gate opens; its votes come, and the end of its time."""
        _, node, path = self._at(command)
        self.opened_at[path] = now
        said, place = node.node.with_, {"generation": command.generation, "scope": command.scope}
        approvers = said.get("approvers")
        names = tuple(map(str, approvers)) if isinstance(approvers, list | tuple) else (str(approvers),)
        rule = (node.outcomes, said.get("quorum", 1), said.get("reject", "any"), names)
        yield 0, GateOpened(command.node, command.generation, *rule, scope=command.scope)
        for number, vote in enumerate(self._votes(path, node)):
            event = Voted(
                command.node,
                command.generation,
                f"{path}:{number}",
                vote.decision,
                vote.voter,
                vote.groups,
                scope=command.scope,
            )
            yield vote.after, event
        if node.node.timeout is not None:
            yield node.node.timeout, TimerFired(command.node, **place)

    def closed(self, command: CloseGate, now: float) -> Event:
        """The gate's output, of the votes that count."""
        _, node, path = self._at(command)
        since = self.opened_at[path]
        votes: list[dict[str, Json]] = [
            {
                "by": vote.by if isinstance(vote.by, dict) else {"type": "user", "id": vote.by, "name": vote.by},
                "decision": vote.decision,
                "form": vote.form,
                "comment": vote.comment,
                "at": self._moment(since + vote.after),
            }
            for number, vote in enumerate(self._votes(path, node))
            if f"{path}:{number}" in command.applied
        ]
        deciding = next((vote for vote in reversed(votes) if vote["decision"] == command.outcome), None)
        told = deciding or {"form": None, "by": None, "at": self._moment(now)}
        output = {"outcome": command.outcome, **{key: told[key] for key in ("form", "by", "at")}, "votes": votes}
        return self._completed(command, output, command.outcome)

    def _moment(self, seconds: float) -> str:
        """The time so many seconds after the start, as a worker writes it."""
        at = datetime.fromisoformat(self.state.run["started_at"]) + timedelta(seconds=seconds)
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _votes(self, path: str, node: PlannedNode) -> tuple[Vote, ...]:
        return best(self.script.votes, path, node.id) or ()

    def until(self, timer: StartTimer, now: float) -> float:
        """Seconds from now until the timer fires."""
        if timer.seconds is not None:
            return timer.seconds
        started = datetime.fromisoformat(self.state.run["started_at"])
        try:
            return max(0.0, (datetime.fromisoformat(str(timer.at)) - started).total_seconds() - now)
        except (ValueError, TypeError):
            return 0.0

    def _completed(self, command: AtNode, output: Json | Unknown, outcome: str = "success") -> Event:
        _, node, path = self._at(command)
        entry: dict[str, Json] = {"input": self.values.inputs.get(path)}
        size, sha256 = 0, None
        if not isinstance(output, Unknown):
            text = canonical(output)
            entry["output"], size, sha256 = output, len(text.encode()), digest(text)
        try:
            facts = facts_over(node.facts, self._constants({"nodes": {node.id: entry}}))
        except FactTooLarge as error:
            return self._failed(command, Failure("FactTooLarge", str(error), "input"))
        if not isinstance(output, Unknown):
            self.values.outputs[path] = output
        result = Result(size, sha256, facts)
        return NodeCompleted(command.node, command.generation, result, outcome, scope=command.scope)

    def _failed(self, command: AtNode, failure: Failure) -> Event:
        return NodeFailed(command.node, command.generation, failure, scope=command.scope)

    def _at(self, command: AtNode) -> tuple[Instance, PlannedNode, str]:
        scope = self.state.scope(command.scope)
        node = self.plan.region(scope.region).nodes[command.node]
        return scope, node, scope.path_of(node.segment)


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise ExpressionError("`items` is not a list", 0)
    return value


def _error_of(item: Step | None) -> Json:
    """The error of an item as its row has it."""
    return None if item is None or item.error is None else asdict(item.error)
