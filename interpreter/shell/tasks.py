"""The arguments of activities, built from the plan and the state: names and references, no values."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from temporalio import workflow

from interpreter.messages import CloseGate, Failure, FinishRun, NoteNode
from interpreter.plan.model import Outer
from interpreter.shell.keys import Key, Places, key_of
from interpreter.shell.wire import (
    ChildTask,
    CloseGateTask,
    Finish,
    InEdge,
    Instance,
    NodeTask,
    OutputTask,
    RunInput,
    Settle,
    Source,
    TakeEvent,
    UndoTask,
)
from interpreter.state import Scope, arrived_of, in_edges_of, reads_given, sources_of, why_of


class TaskWriter:
    """Writes the arguments for one run."""

    def __init__(self, places: Places, run: RunInput) -> None:
        self._places, self._plan, self._state, self._run = places, places.plan, places.run, run

    def node(self, key: Key, *, ready: datetime | None = None, due: datetime | None = None) -> NodeTask:
        """What the activity that runs, evaluates or opens this node is told; it is ready now if not said."""
        scope = self._state.scope(key.scope)
        region, planned = self._plan.region(scope.region), self._places.planned(key)
        given = self._state.given.get((key.scope, key.node))
        own, outer = reads_given(self._plan, self._state, scope, key.node)
        reads, outer = dict.fromkeys((*planned.reads, *own)), dict.fromkeys((*planned.outer, *outer))
        return self._task(
            scope,
            path=self._places.path(key),
            node=planned.id,
            generation=key.generation,
            ready_at=ready.isoformat() if ready else _now(),
            edges=[InEdge(**edge) for edge in in_edges_of(region, scope, key.node)],
            arrived=list(arrived_of(region, scope, key.node)),
            reads=self._sources(scope, reads, outer, scope.nodes[key.node].unseen),
            override=given.override if given is not None else None,
            tried=scope.nodes[key.node].tried,
            step=planned.step,
            # To open a map or a loop starts nothing yet, and the rules wait for its answer in a cancel, too.
            always=planned.join == "always" or planned.body is not None or self._is_clean_up(scope),
            due_at=due.isoformat() if due else None,
        )

    def output(self, scope: Scope) -> OutputTask:
        """What the activity that builds the output of an item or a lap is told. No cancel refuses it: nothing starts."""
        region = self._plan.region(scope.region)
        owner = self._places.planned(Key(scope.parent, scope.owner, scope.generation))
        reads = self._sources(scope, region.output_reads, region.output_outer)
        return OutputTask(
            self._task(
                scope,
                path=scope.path,
                node=owner.id,
                generation=scope.generation,
                ready_at=_now(),
                reads=reads,
                always=True,
            )
        )

    def child(self, key: Key) -> ChildTask:
        """What the activities around a sub-workflow are told."""
        return ChildTask(self.node(key), open_mode=self._run.open_mode)

    def undo(self, key: Key, *, unknown: bool) -> UndoTask:
        """What the activity that compensates this node is told. No cancel refuses it."""
        scope, planned = self._state.scope(key.scope), self._places.planned(key)
        assert planned.undo is not None, "only what can be undone is"
        task = self._task(
            scope,
            path=self._places.path(key),
            node=planned.id,
            generation=key.generation,
            ready_at=_now(),
            reads=self._sources(scope, planned.undo.reads, planned.undo.outer),
            always=True,
        )
        return UndoTask(task, unknown)

    def take(self, key: Key, event: str) -> TakeEvent:
        """What the activity that gives an event to this node is told."""
        return TakeEvent(**self._at(key), event=event, at=_now())

    def never_started(self, key: Key, reason: str) -> NoteNode:
        """A node that was stopped before its activity began: no row tells of it yet."""
        scope = self._state.scope(key.scope)
        region = self._plan.region(scope.region)
        return NoteNode(
            id=region.nodes[key.node].id,
            path=self._places.path(key),
            generation=key.generation,
            event="cancelled",
            status="cancelled",
            step=region.nodes[key.node].step,
            why={**why_of(region, scope, key.node), "reason": reason},
            edges=in_edges_of(region, scope, key.node),
        )

    def settle(self, key: Key, status: str, *, failure: Failure | None = None, reason: str | None = None) -> Settle:
        """The workflow's verdict on a node."""
        planned = self._places.planned(key)
        return Settle(
            **self._at(key),
            type=planned.kind.name,
            name=planned.name,
            status=status,
            at=_now(),
            failure=failure,
            why={"reason": reason} if reason else None,
        )

    def settle_undo(self, key: Key, failure: Failure) -> Settle:
        """The workflow's verdict on a compensation whose retries are spent."""
        task, planned = self.settle(key, "failed", failure=failure), self._places.planned(key)
        assert planned.undo is not None, "only what can be undone is"
        task.path, task.type = f"{task.path}~undo", planned.undo.kind.name
        return task

    def close_gate(self, command: CloseGate) -> CloseGateTask:
        """How people or the clock ended a gate."""
        key = key_of(command)
        return CloseGateTask(
            **self._at(key),
            outcome=command.outcome,
            at=_now(),
            applied=list(command.applied),
            failure=command.failure,
            step=self._places.planned(key).step,
        )

    def cancel_gate(self, key: Key, reason: str) -> CloseGateTask:
        """A gate that nobody needs any more."""
        step = self._places.planned(key).step
        return CloseGateTask(**self._at(key), outcome="cancelled", at=_now(), why={"reason": reason}, step=step)

    def finish(self, command: FinishRun) -> Finish:
        """How the run ends, and where the values of its output lie."""
        run, plan = self._run, self._plan
        reads = plan.output_reads if command.status == "completed" else ()
        return Finish(
            run_id=run.run_id,
            project=run.project,
            hash=run.hash,
            status=command.status,
            at=_now(),
            started_at=run.started_at,
            environment=run.environment,
            env=run.env,
            failure=command.failure,
            flags=list(command.flags),
            end=plan.nodes[command.end].id if command.end is not None else None,
            reads=self._sources(self._state, reads, ()),
            open_mode=run.open_mode,
        )

    def _task(self, scope: Scope, **said: Any) -> NodeTask:
        """What every task of a node in this scope says, and this."""
        run = self._run
        return NodeTask(
            run_id=run.run_id,
            project=run.project,
            hash=run.hash,
            started_at=run.started_at,
            environment=run.environment,
            env=run.env,
            instances=self._instances(scope),
            **said,
        )

    def _at(self, key: Key) -> dict[str, Any]:
        """The fields that name one instance of a node."""
        return {
            "run_id": self._run.run_id,
            "project": self._run.project,
            "hash": self._run.hash,
            "path": self._places.path(key),
            "node": self._places.planned(key).id,
            "generation": key.generation,
        }

    def _instances(self, scope: Scope) -> list[Instance]:
        """The items and laps around, the outermost first."""
        found: list[Instance] = []
        for each in self._state.around(scope):
            if not each.id:
                break
            owner = Key(each.parent, each.owner, each.generation)
            planned = self._places.planned(owner)
            if planned.behaviour == "agent":
                continue
            found.append(
                Instance(
                    kind="map" if planned.behaviour == "map" else "loop",
                    node=planned.id,
                    path=self._places.path(owner),
                    generation=each.generation,
                    key=each.key,
                    names=list(self._plan.region(each.region).names),
                )
            )
        return found[::-1]

    def _is_clean_up(self, scope: Scope) -> bool:
        """Whether a map or a loop around is an `always` node: its body then runs in spite of a cancel too."""
        owners = (Key(each.parent, each.owner, each.generation) for each in self._state.around(scope) if each.id)
        return any(self._places.planned(owner).join == "always" for owner in owners)

    def _sources(
        self, scope: Scope, reads: Iterable[int], outer: Iterable[Outer], unseen: Iterable[int] = ()
    ) -> list[Source]:
        return [
            Source(
                path=source.path,
                generation=source.known.generation,
                status=source.known.status.value,
                outcome=source.known.outcome,
                failure=source.known.failure,
                has_output=source.known.has_output,
            )
            for source in sources_of(self._plan, self._state, scope, reads, outer, unseen)
        ]


def _now() -> str:
    return workflow.now().isoformat()
