"""One random run, watched: after every step it holds the promises that the rules make."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from interpreter.messages import (
    CancelRequested,
    Command,
    Evaluate,
    Event,
    FinishRun,
    OpenGate,
    Overridden,
    StartActivity,
    StartTimer,
)
from interpreter.plan.model import Plan
from interpreter.rules import decide
from interpreter.rules.joins import RACES
from interpreter.simulate import Script
from interpreter.simulate.world import World
from interpreter.snapshot import restore, snapshot
from interpreter.state import FINAL_NODE, EdgeState, NodeStatus, RunState

STARTS = (StartActivity, Evaluate, OpenGate, StartTimer)


@dataclass
class Watched:
    """A world whose next event is any that is due. `commands` are all that were said."""

    plan: Plan
    script: Script
    random: Random
    cancel_at: int | None = None
    repeats: bool = False
    saves: bool = False
    commands: list[Command] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    cancelled: bool = False

    def run(self) -> "Watched":
        state = RunState.begin(self.plan, run={"id": "r", "started_at": "2026-01-01T00:00:00+00:00"}, env={})
        self.world = World(self.plan, self.script, None, state, choose=lambda due: self.random.randrange(len(due)))
        self._watch(self.world.begin)
        steps = 0
        while self.world.finished is None:
            if steps == self.cancel_at:
                self.cancelled = True
                self._watch(lambda: self.world.tell(CancelRequested()))
            elif self.world.due:
                self._watch(self._step)
            else:
                self._watch(self._override)
            if self.repeats:
                self._repeat()
            if self.saves:
                self._save()
            steps += 1
        self._check_end()
        return self

    @property
    def state(self) -> RunState:
        return self.world.state

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

    def _override(self) -> list[Command]:
        held = [node for node, known in enumerate(self.state.nodes) if known.status is NodeStatus.HELD]
        assert held, "the run is stuck"
        node = held[0]
        generation = self.state.nodes[node].generation
        # The same for every order of completion: retry once, then by the node's number.
        action = "retry" if generation == 1 else ("succeed", "skip")[node % 2]
        event = Overridden(f"{node}:{generation}", node, generation, action)
        self.events.append(event)
        return self.world.tell(event)

    def _watch(self, act: Callable[[], list[Command]]) -> None:
        edges = list(self.state.edges)
        final = {node: known.status for node, known in enumerate(self.state.nodes) if known.status in FINAL_NODE}
        was_stopping = self.state.ending is not None
        commands = act()
        self.commands += commands
        self._check_edges(edges)
        for node, status in final.items():
            assert self.state.nodes[node].status is status, "a final state changed"
        for command in commands:
            if isinstance(command, STARTS):
                self._check_start(command.node, may_start=not was_stopping)
        assert self.state.open == sum(known.status not in FINAL_NODE for known in self.state.nodes)

    def _check_edges(self, before: list[EdgeState]) -> None:
        for edge, was in enumerate(before):
            now = self.state.edges[edge]
            assert was in (EdgeState.OPEN, now), "an edge settled twice"
            source = self.state.nodes[self.plan.edges[edge].source].status
            assert (now is not EdgeState.OPEN) == (source in FINAL_NODE), "edges settle when their source ends"

    def _check_start(self, node: int, *, may_start: bool) -> None:
        planned = self.plan.nodes[node]
        states = [self.state.edges[edge] for edge in planned.incoming]
        taken = states.count(EdgeState.TAKEN)
        if planned.join in RACES:
            assert taken >= max(1, planned.quorum), "a race was run that was not won"
        else:
            assert EdgeState.OPEN not in states, "a node started before its parents ended"
            assert taken or not states, "a node started that no edge led to"
        if planned.join in ("all", "all_failed"):
            assert taken == len(states), "a node started without all of its parents"
        assert may_start or planned.join == "always", "a node started in a region that stops"

    def _check_end(self) -> None:
        assert all(known.status in FINAL_NODE for known in self.state.nodes), "the run ended before a node did"
        assert EdgeState.OPEN not in self.state.edges
        assert sum(isinstance(command, FinishRun) for command in self.commands) == 1
        for event in self.events:
            assert decide(self.plan, self.state, event) == [], "an ended run said something"

    def _repeat(self) -> None:
        if self.events and self.world.finished is None:
            before = snapshot(self.state)
            assert decide(self.plan, self.state, self.random.choice(self.events)) == [], "a repeated event was heard"
            assert snapshot(self.state) == before, "a repeated event changed the state"

    def _save(self) -> None:
        saved = snapshot(self.state)
        self.world.state = restore(self.plan, json.loads(json.dumps(saved)))
        assert self.world.state == restore(self.plan, saved)
        assert snapshot(self.world.state) == saved
