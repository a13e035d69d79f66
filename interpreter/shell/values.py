"""What is built or looked up where the values are: items, outputs, the payload of an external event."""

import contextlib

from temporalio.exceptions import ApplicationError

from interpreter.messages import Event, EventRefused, InputShown, OutputFailed, OutputMade, RegionOpened
from interpreter.shell.activities import Activities
from interpreter.shell.answers import Answers
from interpreter.shell.ask import ask, ask_at_length
from interpreter.shell.failures import failure_of
from interpreter.shell.keys import Key, Places, completed, result_of
from interpreter.shell.tasks import TaskWriter
from interpreter.shell.wire import (
    EVALUATE,
    MAKE_OUTPUT,
    OPEN_REGION,
    SHOW_INPUT,
    TAKE_EVENT,
    NodeResult,
    NodeTask,
    OpenedRegion,
    OpenRegionTask,
    TakenEvent,
)

OUTPUT = -1
"""The node of a key by which the output of a scope itself is asked for."""
QUICK = 500
"""Items whose outputs are put together within a local activity's limit."""


class Values:
    """Asks for them, for one run."""

    def __init__(self, places: Places, tasks: TaskWriter, answers: Answers, activities: Activities) -> None:
        self._places, self._tasks, self._answers, self._activities = places, tasks, answers, activities

    def evaluate(self, key: Key) -> None:
        """Have a node's value built where all values are at hand."""
        self._answers.ask(key, self._evaluate(key), self._activities.stop)

    def open_region(self, key: Key, first: int, kept: int | None) -> None:
        """Have a map's items or a loop's `initial` put on record, or the facts of more items told."""
        self._answers.ask(key, self._open_region(key, first, kept), self._activities.stop)

    def make_output(self, scope: int) -> None:
        """Have the output of an item or a lap built and recorded."""
        key = Key(scope, OUTPUT, self._places.run.scope(scope).generation)
        self._answers.ask(key, self._make_output(scope), self._activities.stop)

    def take_event(self, key: Key, event: str) -> None:
        """Have an external event given to the node that waits for it."""
        self._answers.ask(key, self._take_event(key, event), self._activities.stop)

    def show_input(self, key: Key) -> None:
        """Have it on record with what a node would run that the run is paused before."""
        # Its item or lap may be over when it is asked.
        task, name = self._tasks.node(key), self._places.planned(key).name
        self._answers.ask(key, self._show_input(key, task, name), self._activities.stop)

    async def _evaluate(self, key: Key) -> Event:
        node, repeat = self._places.planned(key), self._places.run.scope(key.scope).repeats.get(key.node)
        quick = repeat is None or repeat.count <= QUICK
        how = ask if quick else ask_at_length
        return completed(key, await how(EVALUATE, self._tasks.node(key), NodeResult, summary=node.name))

    async def _show_input(self, key: Key, task: NodeTask, name: str) -> Event:
        # One that cannot be shown may run all the same.
        with contextlib.suppress(ApplicationError):
            await ask(SHOW_INPUT, task, bool, summary=name)
        return InputShown(key.node, key.generation, scope=key.scope)

    async def _open_region(self, key: Key, first: int, kept: int | None) -> Event:
        task, name = OpenRegionTask(self._tasks.node(key), first, kept), self._places.planned(key).name
        opened = await ask(OPEN_REGION, task, OpenedRegion, summary=name)
        facts = tuple({int(fact): value for fact, value in each.items()} for each in opened.facts)
        return RegionOpened(key.node, key.generation, opened.count, opened.first, facts, scope=key.scope)

    async def _make_output(self, scope: int) -> Event:
        state = self._places.run.scope(scope)
        owner = self._places.planned(Key(state.parent, state.owner, state.generation))
        try:
            result = await ask(MAKE_OUTPUT, self._tasks.output(state), NodeResult, summary=owner.name)
        except ApplicationError as error:
            return OutputFailed(scope, failure_of(error, owner))
        return OutputMade(scope, result_of(result))

    async def _take_event(self, key: Key, event: str) -> Event:
        name = self._places.planned(key).name
        taken = await ask(TAKE_EVENT, self._tasks.take(key, event), TakenEvent, summary=name)
        if taken.result is not None:
            return completed(key, taken.result)
        return EventRefused(key.node, key.generation, event, scope=key.scope)
