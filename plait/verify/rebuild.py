"""The rows that a history stands for: made of what the workflow asked and was answered, without Postgres."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from interpreter.shell.wire import (
    ChildState,
    ChildTask,
    CloseGateTask,
    Finish,
    Finished,
    FlushBatch,
    NodeResult,
    NodeTask,
    OpenRegionTask,
    OutputTask,
    Reused,
    ReuseTask,
    Settle,
    Settled,
    TakeEvent,
    TakenEvent,
    UndoTask,
)
from interpreter.state import FINAL_NODE
from plait.verify.replay import Asked

Key = tuple[str, int]
"""Path and generation: what a row of the ledger is known by."""


@dataclass(slots=True)
class Rebuilt:
    """How a node stands by the history. `sha256` is of its output, None where the history does not say."""

    status: str
    sha256: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more can come of it."""
        return self.status in FINAL_NODE


@dataclass(slots=True)
class Projection:
    """What the history says of a run. `status` is None while the run has not ended by it."""

    nodes: dict[Key, Rebuilt] = field(default_factory=dict)
    status: str | None = None

    def say(self, path: str, generation: int, status: str, sha256: str | None = None) -> None:
        """The first end counts, as it does in the ledger."""
        known = self.nodes.get((path, generation))
        if known is None or not known.ended:
            self.nodes[path, generation] = Rebuilt(status, sha256)

    def work(self, path: str, generation: int, answer: NodeResult | None) -> None:
        """An activity of a node, with its success if it had one."""
        if answer is None:
            self.say(path, generation, "begun")
        else:
            self.say(path, generation, "completed", answer.sha256)


def rebuild(asked: Iterable[Asked]) -> Projection:
    """The rows, from everything in its order."""
    made = Projection()
    for one in asked:
        _take(made, one)
    return made


def _take(made: Projection, one: Asked) -> None:  # noqa: PLR0912 - one case for each thing that is asked
    answer = one.answer
    match one.argument:
        case FlushBatch(nodes=notes) if answer is not None:
            for note in notes:
                made.say(note.path, note.generation, note.status)
        case Settle() as task if isinstance(answer, Settled):
            result = answer.result
            made.say(task.path, task.generation, answer.status, result.sha256 if result else None)
        case CloseGateTask() as task if isinstance(answer, NodeResult):
            ended = "failed" if task.failure else "cancelled" if task.outcome == "cancelled" else "completed"
            made.say(task.path, task.generation, ended, answer.sha256 if ended == "completed" else None)
        case TakeEvent() as task if isinstance(answer, TakenEvent) and answer.result is not None:
            made.work(task.path, task.generation, answer.result)
        case ChildTask(task=task) if isinstance(answer, ChildState):
            made.work(task.path, task.generation, answer.result)
        case UndoTask(task=task):
            made.work(f"{task.path}~undo", task.generation, _success(answer))
        case OutputTask(task=task) | OpenRegionTask(node=task):
            made.work(task.path, task.generation, _success(answer))
        case ReuseTask(tasks=tasks) if isinstance(answer, Reused):
            for task, result in zip(tasks, answer.results, strict=True):
                if result is not None:
                    made.work(task.path, task.generation, result)
        case NodeTask() as task:
            made.work(task.path, task.generation, _success(answer))
        case Finish() if isinstance(answer, Finished):
            made.status = answer.status
        case _:
            return


def _success(answer: object) -> NodeResult | None:
    return answer if isinstance(answer, NodeResult) else None
