"""Undoes what a node did: its `compensate`, run like a node of its own below the node's path."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from temporalio import activity

from activities.custom.missing import MISSING
from activities.heart import Heart
from activities.kind import NodeKind
from activities.rows import undo_path
from activities.services import Services
from activities.shell.attempt import begin
from activities.shell.surround import run_attempt
from interpreter.document.model import Node
from interpreter.plan.model import PlannedNode
from interpreter.shell.wire import UNDO, NodeResult, NodeTask, UndoTask


def undoing(services: Services, kinds: Mapping[str, NodeKind]) -> Callable[[UndoTask], Awaitable[NodeResult]]:
    """The activity `plait.undo`. It runs in a run that is being cancelled, too."""

    @activity.defn(name=UNDO)
    async def undo(wanted: UndoTask) -> NodeResult:
        with Heart():
            attempt = await begin(services, _task(wanted))
            attempt.node = node = undo_of(attempt.node)
            return await run_attempt(kinds.get(node.kind.name, MISSING), attempt)

    return undo


def undo_of(node: PlannedNode) -> PlannedNode:
    """What undoes a node, as a node: it keeps the id and the place, and has nothing to be held against."""
    undo, said = node.undo, node.node.compensate
    assert undo is not None, "the workflow undoes only what says how"
    assert said is not None
    return replace(
        node,
        kind=undo.kind,
        tool=undo.tool,
        dispatch=undo.dispatch,
        reads=undo.reads,
        outer=undo.outer,
        reads_input=undo.reads_input,
        facts=(),
        undo=None,
        node=Node.model_construct(id=node.id, type=undo.kind.name, name=node.node.name, with_=said.with_),
    )


def _task(wanted: UndoTask) -> NodeTask:
    """The undoing's own task. Of a node that may or may not have done its work there is no output."""
    task = wanted.task
    reads = [replace(each, has_output=False) if each.path == task.path else each for each in task.reads]
    return replace(
        task, path=undo_path(task.path), reads=reads if wanted.unknown else task.reads, edges=[], always=True
    )
