"""A watched random run that goes on under another version at one of its steps."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from interpreter.document.dump import document_json
from interpreter.document.model import Document
from interpreter.messages import (
    AtNode,
    Event,
    FactValue,
    NodeCompleted,
    OutputMade,
    Overridden,
    RegionOpened,
    Resumed,
)
from interpreter.migrate import Mapping, carry, report_of, settle
from interpreter.plan.build import build_plan
from interpreter.plan.model import Plan
from interpreter.simulate.agenda import Agenda
from interpreter.state import NodeStatus, RunState, Scope
from tests.support.documents import CATALOGUE
from tests.support.random_runs import Watched


def is_at_rest(state: RunState) -> bool:
    """Whether the rules have nothing left to do by themselves."""
    busy = state.queue or state.sweeps or state.stops or state.closing or state.undo or state.undoing
    return not busy and state.ending is None and not state.finished and state.started


def carried(old: Plan, new: Plan, state: RunState) -> RunState:
    """The run under the new plan, with every fact that it has to look up absent."""
    mapping = Mapping(old, new)
    there = carry(mapping, state)
    settle(mapping, state, there)
    return there


@dataclass
class ById(Watched):
    """What people do with a held node follows from its id, which another version does not change."""

    def _override(self, scope: Scope, node: int) -> Event:
        path = scope.path_of(self.plan.region(scope.region).nodes[node].id)
        generation = scope.nodes[node].generation
        action = "retry" if path not in self.retried else ("succeed", "skip")[len(path) % 2]
        self.retried.add(path)
        return Overridden(node, generation, f"{path}:{generation}", action, scope=scope.id)


@dataclass
class Moving(ById):
    """At the first rest from step `move_at` on the run goes on under a version with more nodes, unless that is blocked."""

    move_at: int = 0
    moved_to: Plan | None = None

    def _watch(self, act: Any) -> None:
        super()._watch(act)
        if self.moved_to is None and self.steps >= self.move_at and is_at_rest(self.world.state):
            self._move()

    def _move(self) -> None:
        old, state = self.plan, self.world.state
        new = with_more(old, state, Random(self.move_at))
        mapping = Mapping(old, new)
        if report_of(mapping, state).blocked:
            return
        self.moved_to = new
        under = carried(old, new, state)
        agenda = Agenda(self.world.agenda.choose)
        for due in sorted(self.world.agenda._heap, key=lambda one: one.number):
            if due.number not in self.world.agenda._dropped:
                agenda.add(due.at, _moved(mapping, state, due.event))
        self.world.agenda, self.plan = agenda, new
        places = {place: mapping.place(state, place) for place in (*self.effects, *self.undone)}
        self.effects = {there: step for place, step in self.effects.items() if (there := places[place])}
        self.undone = [there for place in self.undone if (there := places[place])]
        for part in (self.world, self.world.values, self.world.steps, self.world.answers):
            part.plan, part.state = new, under
        self.world.tell(Resumed())

    def _check_replay(self) -> None:
        """What was said before was said under another version."""


def _moved(mapping: Mapping, state: RunState, event: Event) -> Event:
    """An event that is on its way, by the new plan's numbers. A real run comes to rest first."""

    def known(facts: dict[int, FactValue]) -> dict[int, FactValue]:
        return {mapping.facts[fact]: value for fact, value in facts.items() if fact in mapping.facts}

    if isinstance(event, NodeCompleted | OutputMade):
        event = replace(event, result=replace(event.result, facts=known(event.result.facts)))
    if isinstance(event, RegionOpened):
        event = replace(event, facts=tuple(known(facts) for facts in event.facts))
    if not isinstance(event, AtNode):
        return event
    place = mapping.place(state, (event.scope, event.node))
    assert place is not None
    return replace(event, node=place[1])


def with_more(plan: Plan, state: RunState, random: Random) -> Plan:
    """The same version with a few nodes more, behind what may have ended and before what has not begun."""
    said = document_json(plan.document)
    undecided = [
        node
        for node in plan.nodes
        if state.nodes[node.index].status is NodeStatus.PENDING and node.join in {"settled", "always"}
    ]
    sources = [node for node in plan.nodes if node.behaviour in {"activity", "transform", "join", "subworkflow"}]
    for number in range(random.randint(1, 3)):
        name = f"added{number}"
        said["nodes"].append({"id": name, "type": "tool_call", "with": {"tool": "work"}})
        after = random.choice(sources) if sources else None
        if after is not None:
            said["edges"].append({"from": after.id, "to": name, "on": ["success", "skipped"]})
        later = [node for node in undecided if after is None or node.index > after.index]
        if later and random.random() < 0.5:
            said["edges"].append({"from": name, "to": random.choice(later).id, "on": ["success", "skipped"]})
    random.shuffle(said["nodes"])
    return build_plan(Document.model_validate(said), CATALOGUE, "other")
