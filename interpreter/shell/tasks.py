"""The arguments of activities, built from the plan and the state: names and references, no values."""

from datetime import datetime

from temporalio import workflow

from interpreter.messages import CloseGate, Failure, FinishRun
from interpreter.plan.model import Plan
from interpreter.shell.wire import CloseGateTask, Finish, InEdge, NodeTask, RunInput, Settle, Source
from interpreter.state import NodeState, RunState, arrived_of, in_edges_of, sources_of


class TaskWriter:
    """Writes the arguments for one run."""

    def __init__(self, plan: Plan, state: RunState, run: RunInput) -> None:
        self._plan, self._state, self._run = plan, state, run

    def node(
        self, node: int, generation: int, *, ready: datetime | None = None, due: datetime | None = None
    ) -> NodeTask:
        """What the activity that runs, evaluates or opens this node is told; it is ready now if not said."""
        run, plan, state = self._run, self._plan, self._state
        planned = plan.nodes[node]
        return NodeTask(
            run_id=run.run_id,
            project=run.project,
            hash=run.hash,
            path=planned.id,
            node=planned.id,
            generation=generation,
            ready_at=ready.isoformat() if ready else _now(),
            started_at=run.started_at,
            environment=run.environment,
            env=run.env,
            edges=[
                InEdge(source, settled.value, outcome) for source, settled, outcome in in_edges_of(plan, state, node)
            ],
            arrived=list(arrived_of(plan, state, node)),
            reads=[self._source(index, known) for index, known in sources_of(plan, state, node)],
            always=planned.join == "always",
            due_at=due.isoformat() if due else None,
        )

    def settle(
        self, node: int, generation: int, status: str, *, failure: Failure | None = None, reason: str | None = None
    ) -> Settle:
        """The workflow's verdict on a node."""
        planned = self._plan.nodes[node]
        return Settle(
            run_id=self._run.run_id,
            project=self._run.project,
            hash=self._run.hash,
            path=planned.id,
            node=planned.id,
            type=planned.kind.name,
            name=planned.name,
            generation=generation,
            status=status,
            at=_now(),
            failure=failure,
            why={"reason": reason} if reason else None,
        )

    def close_gate(self, command: CloseGate) -> CloseGateTask:
        """How people or the clock ended a gate."""
        task = self._gate_end(command.node, command.generation, command.outcome)
        task.applied, task.failure = list(command.applied), command.failure
        return task

    def cancel_gate(self, node: int, generation: int, reason: str) -> CloseGateTask:
        """A gate that nobody needs any more."""
        task = self._gate_end(node, generation, "cancelled")
        task.why = {"reason": reason}
        return task

    def finish(self, command: FinishRun) -> Finish:
        """How the run ends, and where the values of its output lie."""
        run, plan, state = self._run, self._plan, self._state
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
            reads=[self._source(index, state.nodes[index]) for index in reads],
        )

    def _gate_end(self, node: int, generation: int, outcome: str) -> CloseGateTask:
        gate = self._plan.nodes[node].id
        return CloseGateTask(
            run_id=self._run.run_id,
            project=self._run.project,
            hash=self._run.hash,
            path=gate,
            node=gate,
            generation=generation,
            outcome=outcome,
            at=_now(),
        )

    def _source(self, node: int, known: NodeState) -> Source:
        return Source(
            path=self._plan.nodes[node].id,
            generation=known.generation,
            status=known.status.value,
            outcome=known.outcome,
            failure=known.failure,
            has_output=known.has_output,
        )


def _now() -> str:
    return workflow.now().isoformat()
