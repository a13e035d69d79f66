"""A run of a plan for tests of the rules, moved by the ids of its nodes."""

from typing import Any

from interpreter.messages import (
    CancelRequested,
    Command,
    DeadlinePassed,
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
    Overridden,
    Result,
    RunStarted,
    TimerFired,
    Voted,
    Yield,
)
from interpreter.rules import decide, facts_over, verdict
from interpreter.state import EdgeState, RunState
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
        names = {"vars": self.plan.document.vars, "nodes": {node: {"output": output}}}
        result = Result(1, "hash", facts_over(self.plan.nodes[self.index(node)].facts, names))
        return self.tell(NodeCompleted(self.index(node), self.generation(node), result, outcome))

    def fail(self, node: str, failure: Failure = BROKEN) -> list[Command]:
        held = verdict(self.plan, self.state, self.index(node), failure) == "held"
        return self.tell(NodeFailed(self.index(node), self.generation(node), failure, held))

    def stopped(self, node: str) -> list[Command]:
        return self.tell(NodeCancelled(self.index(node), self.generation(node)))

    def fire(self, node: str) -> list[Command]:
        return self.tell(TimerFired(self.index(node), self.generation(node)))

    def cancel(self) -> list[Command]:
        return self.tell(CancelRequested())

    def pass_deadline(self) -> list[Command]:
        return self.tell(DeadlinePassed())

    def open(self, gate: str, *, quorum: Any = 1, reject: Any = "any") -> list[Command]:
        rule = (self.plan.nodes[self.index(gate)].outcomes, quorum, reject, ("user:ann",))
        return self.tell(GateOpened(self.index(gate), self.generation(gate), *rule))

    def vote(
        self, gate: str, decision: str, by: str = "ann", *, groups: tuple[str, ...] = (), name: str = ""
    ) -> list[Command]:
        vote = name or f"{by}-{decision}"
        return self.tell(Voted(vote, self.index(gate), self.generation(gate), decision, by, groups))

    def override(self, node: str, action: Any, *, name: str = "o1", result: Result | None = None) -> list[Command]:
        return self.tell(Overridden(name, self.index(node), self.generation(node), action, result))

    def index(self, node: str) -> int:
        return self.plan.index_of[node]

    def generation(self, node: str) -> int:
        return self.state.nodes[self.index(node)].generation

    def status(self, *nodes: str) -> str:
        return " ".join(str(self.state.nodes[self.index(node)].status) for node in nodes)

    def reason(self, node: str) -> str | None:
        return self.state.nodes[self.index(node)].reason

    def failure(self, node: str) -> Failure:
        failure = self.state.nodes[self.index(node)].failure
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
        case FinishRun():
            return f"finish {command.status}"
        case Yield():
            return "yield"
        case _:
            return f"{type(command).__name__} {run.plan.nodes[command.node].id}"
