"""One random run, watched: after every step it holds the promises that the rules make."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from interpreter.messages import (
    BreakpointsAsked,
    CancelRequested,
    Command,
    DeadlinePassed,
    Delivered,
    Evaluate,
    Event,
    FinishRun,
    GoOnAsked,
    InputShown,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeUndone,
    NoteOverride,
    NoteVote,
    OpenGate,
    OpenRegion,
    OutputMade,
    Overridden,
    PauseAsked,
    RegionOpened,
    Result,
    Resumed,
    RunStarted,
    StartActivity,
    StartChild,
    StartTimer,
    StartUndo,
    StepAsked,
    TimerFired,
)
from interpreter.plan.model import Plan
from interpreter.rules import decide
from interpreter.rules.joins import RACES
from interpreter.rules.region import OVERRIDE
from interpreter.simulate import Script
from interpreter.simulate.world import World
from interpreter.snapshot import restore, snapshot
from interpreter.state import ACTIVE, FINAL_NODE, EdgeState, NodeStatus, RunState, Scope
from tests.support.random_graphs import refuses
from tests.support.rules import BROKEN
from tests.support.seen import Seen, check_scope, seen_of

STARTS = (StartActivity, StartChild, Evaluate, OpenGate, StartTimer, OpenRegion)
TOLD_AGAIN = (NoteVote, NoteOverride)
"""What is answered again to who tells again, and changes nothing."""


@dataclass
class Watched:
    """A world whose next event is any that is due. `commands` are all that were said, `events` all that
    was told, `undone` the nodes that were compensated and `effects` those that had done something, each
    with the number of the step.
    """

    plan: Plan
    script: Script
    random: Random
    cancel_at: int | None = None
    deadline_at: int | None = None
    repeats: bool = False
    meddles: bool = False
    controls: bool = False
    saves: bool = False
    commands: list[Command] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    undone: list[tuple[int, int]] = field(default_factory=list)
    effects: dict[tuple[int, int], int] = field(default_factory=dict)
    retried: set[str] = field(default_factory=set)
    stepped: set[tuple[int, int, int]] = field(default_factory=set)
    cancelled: bool = False
    steps: int = 0

    def run(self) -> "Watched":
        state = RunState.begin(self.plan, run={"id": "r", "started_at": "2026-01-01T00:00:00+00:00"}, env={})
        choose = self.random.randrange
        self.world = World(self.plan, self.script, None, state, lambda due: choose(len(due)), violations=refuses)
        self._watch(self.world.begin)
        while self.world.finished is None:
            if self.steps == self.cancel_at:
                self.cancelled = True
                self._tell(CancelRequested())
            elif self.steps == self.deadline_at:
                self._tell(DeadlinePassed())
            elif self.world.agenda:
                self._watch(self._step)
            elif self.state.paused:
                self._tell(GoOnAsked(f"at last:{self.steps}"))
            else:
                self._tell(self._by_hand())
            if self.meddles and self.world.finished is None:
                self._meddle()
            if self.controls and self.world.finished is None:
                self._control()
            if self.repeats and self.world.finished is None:
                self._say_again()
                self._say_unasked()
            if self.saves:
                self._save()
            self.steps += 1
        self._check_end()
        return self

    @property
    def state(self) -> RunState:
        return self.world.state

    @property
    def scopes(self) -> list[Scope]:
        return [self.state, *self.state.scopes.values()]

    @property
    def statuses(self) -> list[str]:
        return [str(known.status) for known in self.state.nodes]

    @property
    def ending(self) -> str:
        assert self.world.finished is not None
        return self.world.finished.status

    def _step(self) -> list[Command]:
        event, commands = self.world.step()
        self.events.append(event)
        return commands

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        self._watch(lambda: self.world.tell(event))

    def _by_hand(self) -> Event:
        """What only people do: move a held node, or send an event that a node waits for."""
        for scope in self.scopes:
            for node, known in enumerate(scope.nodes):
                if known.status is NodeStatus.HELD:
                    return self._override(scope, node)
        listener = next(iter(self.state.listeners.values()), None)
        assert listener is not None, "the run is stuck"
        events = enumerate(self.script.events)
        wanted = (name for name, one in events if one.name == listener.name and listener.key in (None, one.key))
        return Delivered(str(next(wanted)), listener.name, listener.key)

    def _override(self, scope: Scope, node: int) -> Event:
        # The same for every order of completion: retry once, then by the node's number.
        place, generation = f"{scope.path}/{node}", scope.nodes[node].generation
        action = "retry" if place not in self.retried else ("succeed", "skip")[node % 2]
        self.retried.add(place)
        return Overridden(node, generation, f"{place}:{generation}", action, scope=scope.id)

    def _meddle(self) -> None:
        """Now and then somebody moves any node at all, and what is asked to stop for that completes now and then."""
        if self.random.random() < 0.7:
            return
        scope = self.random.choice(self.scopes)
        node = self.random.randrange(len(scope.nodes))
        known, action = scope.nodes[node], self.random.choice(("retry", "succeed", "skip"))
        generation = 0 if known.status is NodeStatus.PENDING else known.generation
        self._tell(Overridden(node, generation, f"meddled:{self.steps}", action, scope=scope.id))
        if known.stopping == OVERRIDE and self.random.random() < 0.5:
            self.world.agenda.drop(scope.id, node)
            self._tell(NodeCompleted(node, known.generation, Result(1), scope=scope.id))

    def _control(self) -> None:
        """Now and then somebody pauses the run, has it go on, steps through it, or sets breakpoints."""
        command, draw = f"control:{self.steps}", self.random.random()
        if draw < 0.1:
            self._tell(PauseAsked(command))
        elif draw < 0.2:
            self._tell(GoOnAsked(command))
        elif draw < 0.3:
            ids = [planned.id for region in self.plan.regions for planned in region.nodes]
            self._tell(BreakpointsAsked(command, tuple(self.random.sample(ids, min(2, len(ids))))))
        elif draw < 0.6 and self.state.due:
            scope, node = self.random.choice(list(self.state.due))
            generation = self.state.scope(scope).nodes[node].generation
            self.stepped.add((scope, node, generation))
            self._tell(StepAsked(node, generation, command, scope=scope))

    def _check_pause(self, command: Command, before: dict[int, Seen]) -> None:
        """Nothing begins in a paused run but what somebody has begin."""
        assert not isinstance(command, StartUndo), "something was undone in a paused run"
        if isinstance(command, STARTS) and not self._is_of_what_runs(command, before):
            place = (command.scope, command.node, command.generation)
            assert place in self.stepped, "a node began in a paused run"

    def _watch(self, act: Callable[[], list[Command]]) -> None:
        before, pauses = {scope.id: seen_of(scope) for scope in self.scopes}, self.state.pauses
        was_compensating = self.state.undoing
        commands = act()
        self.commands += commands
        for scope in self.scopes:
            check_scope(self.plan, scope, before.get(scope.id))
        self._note_effects(before)
        for command in commands:
            if self.state.paused and self.state.pauses == pauses:
                self._check_pause(command, before)
            if isinstance(command, STARTS) and not self._is_of_what_runs(command, before):
                # An item may be over with what it began in the same step.
                if self.state.has(command.scope):
                    self._check_start(self.state.scope(command.scope), command.node, before)
            elif isinstance(command, StartUndo):
                assert was_compensating is None or self.state.undoing != was_compensating, "two are undone at once"
                self._check_undo((command.scope, command.node))

    def _is_of_what_runs(self, command: Command, before: dict[int, Seen]) -> bool:
        """Whether it only goes on with a node that ran already: more items, or a map's output."""
        was = before.get(command.scope)  # pyright: ignore[reportAttributeAccessIssue]
        return was is not None and command.node in was.active  # pyright: ignore[reportAttributeAccessIssue]

    def _check_start(self, scope: Scope, node: int, before: dict[int, Seen]) -> None:
        region = self.plan.region(scope.region)
        planned = region.nodes[node]
        states = [scope.edges[edge] for edge in planned.incoming]
        taken = states.count(EdgeState.TAKEN)
        if planned.join in RACES:
            assert taken >= min(max(1, planned.quorum), len(states)), "a race was run that was not won"
        else:
            assert EdgeState.OPEN not in states, "a node started before its parents ended"
            assert taken or not states, "a node started that no edge led to"
        if planned.join in ("all", "all_failed"):
            assert taken == len(states), "a node started without all of its parents"
        while True:
            was = before.get(scope.id)
            if was is not None and was.is_stopping:
                assert self.plan.region(scope.region).nodes[node].join == "always", "a start in a region that stops"
                return
            if not scope.id:
                return
            scope, node = self.state.scope(scope.parent), scope.owner

    def _note_effects(self, before: dict[int, Seen]) -> None:
        """Remember what has done something, or may have, and can be compensated."""
        for scope in self.scopes:
            region, was = self.plan.region(scope.region), before.get(scope.id)
            for node, known in enumerate(scope.nodes):
                if known.status not in FINAL_NODE or region.nodes[node].undo is None:
                    continue
                if was is not None and node in was.final:
                    continue
                if known.status is NodeStatus.COMPLETED or known.unknown:
                    self.effects[scope.id, node] = self.steps

    def _check_undo(self, place: tuple[int, int]) -> None:
        assert place not in self.undone, "a node was compensated twice"
        assert place in self.effects, "a node was compensated that did nothing"
        self.undone.append(place)

    def _check_end(self) -> None:
        assert all(known.status in FINAL_NODE for known in self.state.nodes), "the run ended before a node did"
        assert EdgeState.OPEN not in self.state.edges
        assert all(not scope.open for scope in self.scopes)
        assert not self.state.listeners
        assert not any(repeat.instances for scope in self.scopes for repeat in scope.repeats.values())
        assert sum(isinstance(command, FinishRun) for command in self.commands) == 1
        for event in self.events:
            assert decide(self.plan, self.state, event) == [], "an ended run said something"
        self._check_undone()
        self._check_replay()

    def _check_undone(self) -> None:
        if self.ending == "completed":
            lost = {place for place in self.effects if self._lost(place)}
            assert set(self.undone) <= set(self.effects) if lost else not self.undone or self._raced()
            return
        left = set(self.effects) - set(self.undone)
        assert all(self._is_clean_up(place) for place in left), "what was done was not undone"

    def _raced(self) -> bool:
        return any(planned.cancel_rest for region in self.plan.regions for planned in region.nodes)

    def _lost(self, place: tuple[int, int]) -> bool:
        return self.state.scope(place[0]).nodes[place[1]].reason == "lost_race"

    def _is_clean_up(self, place: tuple[int, int]) -> bool:
        """Whether the node is an `always` node of the root, or stands in one, or was done because of one."""
        scope, node = self.state.scope(place[0]), place[1]
        while scope.id:
            scope, node = self.state.scope(scope.parent), scope.owner
        return self.plan.nodes[node].join == "always"

    def _check_replay(self) -> None:
        """The same events give the same commands."""
        state = RunState.begin(self.plan, run=self.state.run, env={})
        replayed = [
            command for event in [RunStarted(Result()), *self.events] for command in decide(self.plan, state, event)
        ]
        assert replayed == self.commands, "a replay said something else"

    def _say_again(self) -> None:
        """An answer that was told already changes nothing, whenever it is told again."""
        event = self.random.choice(self.events) if self.events else Resumed()
        if isinstance(event, Resumed | InputShown) or (
            isinstance(event, Delivered) and event.event not in self.state.kept
        ):
            return
        self._changes_nothing(event)

    def _say_unasked(self) -> None:
        """An answer that nobody asked for changes nothing."""
        scope = self.random.choice(self.scopes)
        node = self.random.randrange(len(scope.nodes))
        known = scope.nodes[node]
        late = known.generation + (1 if known.status in ACTIVE else 0)
        at = scope.id
        answers: tuple[Event, ...] = (
            NodeCompleted(node, late, Result(1), scope=at),
            NodeFailed(node, late, BROKEN, scope=at),
            NodeCancelled(node, late, scope=at),
            TimerFired(node, late, scope=at),
            RegionOpened(node, late, 7, scope=at),
            OutputMade(scope.id + 1000, Result()),
            NodeUndone(node + 1000, late),
        )
        self._changes_nothing(self.random.choice(answers))

    def _changes_nothing(self, event: Event) -> None:
        before = snapshot(self.state)
        said = decide(self.plan, self.state, event)
        assert all(isinstance(command, TOLD_AGAIN) for command in said), "a repeated event was heard"
        assert snapshot(self.state) == before, "a repeated event changed the state"

    def _save(self) -> None:
        saved = snapshot(self.state)
        state = restore(self.plan, json.loads(json.dumps(saved)))
        assert snapshot(state) == saved
        for part in (self.world, self.world.values, self.world.steps, self.world.answers):
            part.state = state
