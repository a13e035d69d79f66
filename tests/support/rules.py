"""A run of a plan for tests of the rules, moved by the ids of its nodes."""

from typing import Any

from interpreter.messages import (
    BreakpointsAsked,
    CancelRequested,
    Command,
    DeadlinePassed,
    Delivered,
    Event,
    EventRefused,
    Failure,
    FinishRun,
    GateOpened,
    GoOnAsked,
    InputShown,
    MakeOutput,
    Migrate,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeUndone,
    NoteCommand,
    NoteNode,
    NoteOverride,
    NotePause,
    NoteRun,
    NoteVote,
    OutputFailed,
    OutputMade,
    Overridden,
    OverriddenAhead,
    PauseAsked,
    RegionOpened,
    Result,
    RunStarted,
    StepAsked,
    TimerFired,
    Voted,
    Yield,
)
from interpreter.paths import locate
from interpreter.plan.model import PlannedNode
from interpreter.rules import decide, facts_over, verdict
from interpreter.state import EdgeState, NodeState, RunState, Scope
from tests.support.documents import a_plan

BROKEN = Failure("Broken", "it broke")
TIMEOUT = Failure("Timeout", "it took too long", details={"limit": "attempt"})


class ARun:
    """A run that has begun. Each verb tells the rules one thing and gives what they said."""

    def __init__(
        self, graph: str = "", *, given: Any = None, env: dict[str, Any] | None = None, **document: Any
    ) -> None:
        self.plan = a_plan(graph, **document)
        self.state = RunState.begin(self.plan, run={"id": "r1", "environment": "dev"}, env=env or {})
        self.said: list[Command] = []
        self.begin(given)

    def begin(self, given: Any = None) -> None:
        names = {"vars": self.plan.document.vars, "input": given}
        self.tell(RunStarted(Result(facts=facts_over(self.plan.given, names))))

    def tell(self, event: Event) -> list[Command]:
        commands = decide(self.plan, self.state, event)
        self.said += commands
        return commands

    def complete(self, node: str, output: Any = None, *, outcome: str = "success") -> list[Command]:
        scope, index = self.place(node)
        planned = self.planned(node)
        names = {"vars": self.plan.document.vars, "nodes": {planned.id: {"output": output}}}
        result = Result(1, "hash", facts_over(planned.facts, names))
        return self.tell(NodeCompleted(index, self.generation(node), result, outcome, scope=scope))

    def fail(self, node: str, failure: Failure = BROKEN) -> list[Command]:
        scope, index = self.place(node)
        held = verdict(self.plan, self.state, index, failure, scope) == "held"
        return self.tell(NodeFailed(index, self.generation(node), failure, held, scope=scope))

    def stopped(self, node: str, *, unknown: bool = False) -> list[Command]:
        scope, index = self.place(node)
        return self.tell(NodeCancelled(index, self.generation(node), unknown, scope=scope))

    def fire(self, node: str) -> list[Command]:
        scope, index = self.place(node)
        return self.tell(TimerFired(index, self.generation(node), scope=scope))

    def open_items(self, node: str, count: int, *, first: int = 0, told: list[Any] | None = None) -> list[Command]:
        """The items of a map are on record, of a loop its `initial`; `told` are those whose facts are told."""
        scope, index = self.place(node)
        body = self.planned(node).body
        assert body is not None
        region = self.plan.region(body)
        name = "prev" if region.until is not None else region.names[0]
        facts = tuple(facts_over(region.given, {"vars": {}, name: value}) for value in told or ())
        return self.tell(RegionOpened(index, self.generation(node), count, first, facts, scope=scope))

    def make(self, path: str, output: Any = None) -> list[Command]:
        """The output of an item or a lap is on record."""
        scope = self.instance(path)
        region = self.plan.region(scope.region)
        facts = facts_over(region.given, {"vars": {}, "prev": output}) if region.until is not None else {}
        return self.tell(OutputMade(scope.id, Result(1, "hash", facts)))

    def break_output(self, path: str) -> list[Command]:
        """The output of an item or a lap cannot be built."""
        return self.tell(OutputFailed(self.instance(path).id, BROKEN))

    def deliver(self, event: str, name: str = "paid", key: str | None = None) -> list[Command]:
        return self.tell(Delivered(event, name, key))

    def refuse(self, node: str, event: str) -> list[Command]:
        scope, index = self.place(node)
        return self.tell(EventRefused(index, self.generation(node), event, scope=scope))

    def undo(self, failure: Failure | None = None) -> list[Command]:
        """What is being undone is done, or cannot be."""
        assert self.state.undoing is not None
        scope, node = self.state.undoing
        return self.tell(NodeUndone(node, 1, failure, scope=scope))

    def cancel(self) -> list[Command]:
        return self.tell(CancelRequested())

    def pass_deadline(self) -> list[Command]:
        return self.tell(DeadlinePassed())

    def open(self, gate: str, *, quorum: Any = 1, reject: Any = "any") -> list[Command]:
        scope, index = self.place(gate)
        rule = (self.planned(gate).outcomes, quorum, reject, ("user:ann",))
        return self.tell(GateOpened(index, self.generation(gate), *rule, scope=scope))

    def vote(
        self, gate: str, decision: str, by: str = "ann", *, groups: tuple[str, ...] = (), name: str = ""
    ) -> list[Command]:
        vote = name or f"{by}-{decision}"
        scope, index = self.place(gate)
        return self.tell(Voted(index, self.generation(gate), vote, decision, by, groups, scope=scope))

    def foretell(self, path: str, action: Any, *, name: str = "o1", result: Result | None = None) -> list[Command]:
        """Decide by hand for a node of an item or a lap that has not begun."""
        return self.tell(OverriddenAhead(path, name, action, result))

    def override(self, node: str, action: Any, *, name: str = "o1", result: Result | None = None) -> list[Command]:
        scope, index = self.place(node)
        return self.tell(Overridden(index, self.generation(node), name, action, result, scope=scope))

    def pause(self, command: str = "p1") -> list[Command]:
        return self.tell(PauseAsked(command))

    def go_on(self, command: str = "g1") -> list[Command]:
        return self.tell(GoOnAsked(command))

    def step(self, node: str, command: str = "s1", *, given: bool = False) -> list[Command]:
        scope, index = self.place(node)
        return self.tell(StepAsked(index, self.generation(node), command, given, scope=scope))

    def stop_before(self, *nodes: str, command: str = "b1") -> list[Command]:
        return self.tell(BreakpointsAsked(command, nodes))

    def show(self, node: str) -> list[Command]:
        """The row of a node that the run is paused before has its input."""
        scope, index = self.place(node)
        return self.tell(InputShown(index, self.generation(node), scope=scope))

    def index(self, node: str) -> int:
        return self.plan.index_of[node]

    def place(self, path: str) -> tuple[int, int]:
        """The scope and the node of a path such as `each.0.work`."""
        found = locate(self.plan, self.state, path)
        assert found is not None, f"nothing stands at {path}"
        return found

    def planned(self, path: str) -> PlannedNode:
        scope, node = self.place(path)
        return self.plan.region(self.state.scope(scope).region).nodes[node]

    def known(self, path: str) -> NodeState:
        scope, node = self.place(path)
        return self.state.scope(scope).nodes[node]

    def instance(self, path: str) -> Scope:
        """The item or the lap of this path."""
        return next(scope for scope in self.state.scopes.values() if scope.path == path)

    def generation(self, node: str) -> int:
        return self.known(node).generation

    def status(self, *nodes: str) -> str:
        return " ".join(str(self.known(node).status) for node in nodes)

    def reason(self, node: str) -> str | None:
        return self.known(node).reason

    def failure(self, node: str) -> Failure:
        failure = self.known(node).failure
        assert failure is not None
        return failure

    def edge(self, source: str, target: str) -> EdgeState:
        (found,) = [
            edge.index
            for edge in self.plan.edges
            if (edge.source, edge.target) == (self.index(source), self.index(target))
        ]
        return self.state.edges[found]

    def note(self, node: str) -> NoteNode:
        """The last thing recorded of the node."""
        return [one for one in self.said if isinstance(one, NoteNode) and one.path == node][-1]

    @property
    def end(self) -> FinishRun | None:
        return next((one for one in self.said if isinstance(one, FinishRun)), None)

    @property
    def ending(self) -> str | None:
        return self.end.status if self.end else None


def spoken(commands: list[Command], run: ARun) -> list[str]:
    """Commands as short texts: `StartActivity b`, `skipped c`."""
    return [_spoken(command, run) for command in commands]


def _spoken(command: Command, run: ARun) -> str:
    match command:
        case NoteNode():
            return f"{command.event} {command.path}"
        case NoteRun():
            return f"stopping {command.ending}"
        case NoteVote():
            return f"vote {command.status} {command.reason or ''}".strip()
        case NoteOverride():
            return f"override {command.status} {command.reason or ''}".strip()
        case Migrate():
            return f"migrate {command.command}"
        case NotePause():
            return f"{'paused' if command.paused else 'goes on'} {command.breakpoint or command.command or 'budget'}"
        case NoteCommand():
            return f"{command.command} {command.status}"
        case FinishRun():
            return f"finish {command.status}"
        case Yield():
            return "yield"
        case MakeOutput():
            return f"MakeOutput {run.state.scope(command.scope).path}"
        case _:
            scope = run.state.scope(command.scope)
            node = run.plan.region(scope.region).nodes[command.node]
            return f"{type(command).__name__} {scope.path_of(node.segment)}"
