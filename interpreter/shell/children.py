"""Sub-workflows: runs of their own, which tell by a signal that they have ended."""

from interpreter.messages import Event, Failure
from interpreter.rules import late
from interpreter.shell.activities import Activities
from interpreter.shell.answers import Answers
from interpreter.shell.ask import ask
from interpreter.shell.keys import Key, Places, completed
from interpreter.shell.mailbox import Mailbox
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.wire import CANCEL_CHILD, LOAD_CHILD, START_CHILD, CancelChild, ChildState
from interpreter.state import ACTIVE


class Children:
    """The sub-workflows of one run. How one ended is read from its row; its signal only says when to look."""

    def __init__(
        self, places: Places, mailbox: Mailbox, tasks: TaskWriter, answers: Answers, activities: Activities
    ) -> None:
        self._places, self._mailbox, self._tasks = places, mailbox, tasks
        self._answers, self._activities = answers, activities

    def start(self, key: Key) -> None:
        """Start the run."""
        self._answers.ask(key, self._start(key), self.stop)

    def stop(self, key: Key, reason: str) -> None:
        """Have the run cancelled; its end is told like any other. One that never started has stopped."""
        if self._activities.holds(key):
            self._activities.stop(key, reason)
        else:
            self._answers.ask(key, self._cancel(key, reason), self.stop)

    async def look(self, key: Key) -> Event | None:
        """Whether the run has ended, and as what; a failure is recorded first, and told then."""
        await self._answers.answered(key)
        if not self._waits(key):
            return None
        return self._told(key, await ask(LOAD_CHILD, self._tasks.child(key), ChildState))

    async def _start(self, key: Key) -> Event | None:
        name = self._places.planned(key).name
        return self._told(key, await ask(START_CHILD, self._tasks.child(key), ChildState, summary=name))

    async def _cancel(self, key: Key, reason: str) -> None:
        if self._waits(key):
            task = self._tasks.node(key)
            await ask(CANCEL_CHILD, CancelChild(task, reason), bool)
            # It may have ended long ago, with its signal lost.
            self._mailbox.post({"kind": "child", "path": task.path, "generation": key.generation})

    def _waits(self, key: Key) -> bool:
        """Whether its end is still to be told."""
        if not self._places.run.has(key.scope) or self._activities.holds(key):
            return False
        known = self._places.run.scope(key.scope).nodes[key.node]
        return known.generation == key.generation and known.status in ACTIVE

    def _told(self, key: Key, child: ChildState) -> Event | None:
        if child.result is not None:
            return completed(key, child.result)
        if child.failure is not None:
            self._failed(key, child.failure)
        return None

    def _failed(self, key: Key, failure: Failure) -> None:
        """Have it recorded why the node ended so: by itself, by its deadline, or because it was stopped."""
        match self._places.run.scope(key.scope).nodes[key.node].stopping:
            case None:
                self._activities.fail(key, failure)
            case "deadline":
                self._activities.fail(key, late(self._places.planned(key).name))
            case reason:
                self._activities.cancel(key, reason)
