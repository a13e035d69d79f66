"""Gates: opened, closed by votes or by the clock, cancelled."""

from datetime import timedelta

from temporalio import workflow

from interpreter.messages import CloseGate, Event, GateOpened, NodeCancelled
from interpreter.shell.answers import Answers
from interpreter.shell.ask import ask
from interpreter.shell.keys import Key, Places, completed, key_of
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.timers import Timers
from interpreter.shell.visible import Visible
from interpreter.shell.wire import CLOSE_GATE, OPEN_GATE, GateRule, NodeResult
from interpreter.state import NodeStatus


class Gates:
    """The gates of one run."""

    def __init__(self, places: Places, tasks: TaskWriter, timers: Timers, answers: Answers, visible: Visible) -> None:
        self._places, self._tasks, self._timers, self._answers = places, tasks, timers, answers
        self._visible = visible

    def show(self) -> None:
        """Name those again that the execution before left open."""
        for scope in (self._places.run, *self._places.run.scopes.values()):
            for node, gate in scope.gates.items():
                if gate.opened and not gate.closing and scope.nodes[node].status is NodeStatus.WAITING:
                    key = Key(scope.id, node, gate.generation)
                    self._visible.show_gate(key, self._places.planned(key).name)

    def open(self, key: Key) -> None:
        """Write the gate's row and start its timer."""
        self._answers.ask(key, self._open(key), self.cancel)

    def close(self, command: CloseGate) -> None:
        """End the gate as it was decided."""
        key = key_of(command)
        self._leave(key)
        self._answers.ask(key, self._close(key, command), self.cancel)

    def cancel(self, key: Key, reason: str) -> None:
        """Close a gate that nobody needs."""
        self._leave(key)
        self._answers.ask(key, self._cancel(key, reason), self.cancel)

    def _leave(self, key: Key) -> None:
        self._timers.stop(key)
        self._visible.hide_gate(key)

    async def _open(self, key: Key) -> Event:
        node = self._places.planned(key)
        due = workflow.now() + timedelta(seconds=node.node.timeout) if node.node.timeout is not None else None
        rule = await ask(OPEN_GATE, self._tasks.node(key, due=due), GateRule, summary=node.name)
        if due is not None:
            self._timers.start(key, due, node.name)
        self._visible.show_gate(key, node.name)
        approvers = tuple(rule.approvers)
        return GateOpened(
            key.node, key.generation, tuple(rule.outcomes), rule.quorum, rule.reject, approvers, scope=key.scope
        )

    async def _close(self, key: Key, command: CloseGate) -> Event:
        return completed(key, await ask(CLOSE_GATE, self._tasks.close_gate(command), NodeResult))

    async def _cancel(self, key: Key, reason: str) -> Event:
        await ask(CLOSE_GATE, self._tasks.cancel_gate(key, reason), NodeResult)
        return NodeCancelled(key.node, key.generation, scope=key.scope)
