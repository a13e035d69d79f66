"""Random documents and scripts for the seeded simulator. The same seed gives the same graph.

A document has regions in regions: maps, loops and what stands in their bodies, up to a depth.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from interpreter.messages import Failure
from interpreter.plan.model import Plan
from interpreter.simulate import Attempt, Inbound, Script, Vote
from tests.support.documents import a_node, a_plan

MODES = ("settled", "settled", "settled", "all", "any", "quorum", "always", "all_failed")
TYPES = ("tool_call",) * 7 + ("transform", "condition", "human_gate", "wait", "parallel", "join", "subworkflow")
REPEATING = ("map", "map", "loop")
CONSTANT_GUARDS = (*["vars.yes"] * 9, *["vars.no"] * 5, "1 / 0 == 1")
FAILURES = ("Broken", "Broken", "Timeout")
NAMES, KEYS = ("paid", "sent"), (None, None, "'k1'", "'k2'", "null")
UNDO = {"type": "tool_call", "with": {"tool": "work"}}
GOOD, BAD = 1, "bad"
"""Payloads of events: a node with an `output_schema` refuses the second."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What may occur in a graph. `timing` is what depends on who comes first: deadlines, events that
    nobody may have sent. `depth` counts the regions inside each other.
    """

    races: bool = True
    cancel_rest: bool = True
    ends: bool = True
    reading_guards: bool = True
    timing: bool = True
    depth: int = 2


@dataclass(slots=True)
class Drawn:
    """One graph: nodes by id, without what stands in their bodies."""

    nodes: list[dict[str, Any]] = field(default_factory=list)
    edges: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a graph stands: how deep, what its guards may name, and what repeats it."""

    depth: int
    outer: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def refuses(_: object, value: object) -> tuple[str, ...]:
    """What is wrong with a payload by any schema."""
    return ("bad",) if value == BAD else ()


def a_random_run(seed: int, wishes: Wishes) -> tuple[Plan, Script]:
    """A plan and what happens in it."""
    return _Dice(Random(seed), wishes).roll()


class _Dice:
    def __init__(self, random: Random, wishes: Wishes) -> None:
        self.random, self.wishes = random, wishes
        self.count = 0
        self.all: dict[str, dict[str, Any]] = {}

    def roll(self) -> tuple[Plan, Script]:
        drawn = self._graph(Place(0), self.random.randint(2, 14))
        script = self._script()
        by_id = {node["id"]: {name: said for name, said in node.items() if name != "id"} for node in drawn.nodes}
        return a_plan(nodes=by_id, vars={"yes": True, "no": False}, edges=drawn.edges), script

    def _graph(self, place: Place, size: int) -> Drawn:
        random = self.random
        first, self.count = self.count, self.count + size
        pairs = [
            (source, target)
            for target in range(1, size)
            for source in sorted(random.sample(range(target), min(target, random.choice((0, 1, 1, 1, 2, 2, 3)))))
        ]
        upstream: list[set[int]] = [set() for _ in range(size)]
        for source, target in pairs:
            upstream[target] |= upstream[source] | {source}
        targets = {source for source, _ in pairs}
        drawn = Drawn()
        for index in range(size):
            names = tuple(f"n{first + one}" for one in sorted(upstream[index]))
            incoming = sum(target == index for _, target in pairs)
            node = self._node(f"n{first + index}", place, names, incoming, is_last=index not in targets)
            drawn.nodes.append(node)
            self.all[node["id"]] = node
        for source, target in pairs:
            names = tuple(f"n{first + one}" for one in sorted(upstream[source] | {source}))
            edge = self._edge(drawn.nodes[source], drawn.nodes[target]["id"], place, names)
            drawn.edges.append(edge)
        self._lead_on(drawn)
        return drawn

    def _node(self, name: str, place: Place, upstream: tuple[str, ...], incoming: int, *, is_last: bool) -> Any:
        random = self.random
        kind = random.choice(TYPES)
        if random.random() < 0.1:
            kind = "event"
        if place.depth < self.wishes.depth and random.random() < 0.12:
            kind = random.choice(REPEATING)
        if is_last and kind == "condition":
            kind = "tool_call"
        if is_last and not place.depth and self.wishes.ends and random.random() < 0.15:
            kind = "end"
        said: dict[str, Any] = {"type": kind, "join": self._join(incoming)}
        said |= self._said(kind, name, place, upstream)
        if kind in {"tool_call", "transform", "map", "loop", "subworkflow"}:
            said["on_error"] = random.choice(("fail", "fail", "continue", "hold"))
        if kind == "tool_call":
            said["retry"] = {"max_attempts": random.randint(1, 3)}
        if kind in {"tool_call", "map", "loop", "subworkflow"} and random.random() < 0.4:
            said["compensate"] = UNDO
        if kind in {"map", "loop", "subworkflow"} and self.wishes.timing and random.random() < 0.2:
            said["deadline"] = random.randint(1, 20)
        if random.random() < 0.15:
            said["when"] = self._guard(place, upstream)
        return a_node(name, **said)

    def _said(self, kind: str, name: str, place: Place, upstream: tuple[str, ...]) -> dict[str, Any]:
        random = self.random
        match kind:
            case "condition":
                cases = [{"name": case, "when": self._guard(place, upstream)} for case in ("left", "right")]
                return {"with": {"cases": cases} | ({"default": "other"} if random.random() < 0.7 else {})}
            case "end":
                status = random.choice(("completed", "failed"))
                return {"with": {"status": status, "message": "over", "cancel_rest": True}}
            case "transform":
                return {"with": {"value": random.choice((1, 2, 1, 2, 1, "{{ 1 / 0 }}"))}}
            case "human_gate":
                return {"with": {"title": "?", "approvers": ["user:ann"], "outcomes": ["later"]}}
            case "subworkflow":
                return {"with": {"workflow": "other"}}
            case "event":
                return self._event()
            case "map":
                return {"with": self._map(name, place, upstream)}
            case "loop":
                return {"with": self._loop(place, upstream)}
            case _:
                return {}

    def _event(self) -> dict[str, Any]:
        random = self.random
        if not self.wishes.timing:
            return {"with": {"name": random.choice(NAMES)}}
        key = random.choice(KEYS)
        said: dict[str, Any] = {"with": {"name": random.choice(NAMES)} | ({} if key is None else {"key": key})}
        if random.random() < 0.6:
            said["timeout"] = 5
        if random.random() < 0.5:
            said["output_schema"] = {"type": "number"}
        return said

    def _map(self, name: str, place: Place, upstream: tuple[str, ...]) -> dict[str, Any]:
        random = self.random
        items = random.choice(("[]", "[1]", "[1, 2]", "[1, 2, 3]", "[1, 2, 3]", "1 / 0"))
        said: dict[str, Any] = {"items": items, "on_item_error": random.choice(("fail", "fail", "skip", "collect"))}
        given = ("vars.yes", f"{name}_it > 1", f"{name}_it_index == 0")
        said["as"] = f"{name}_it"
        if random.random() < 0.5:
            said["max_concurrency"] = random.randint(1, 2)
        if random.random() < 0.5:
            said["output"] = random.choice((1, f"{{{{ {name}_it }}}}", f"{{{{ 1 / ({name}_it - 2) }}}}", "x" * 5_000))
        return said | self._body(place, upstream, given)

    def _loop(self, place: Place, upstream: tuple[str, ...]) -> dict[str, Any]:
        random = self.random
        until = random.choice(("lap >= 2", "lap >= 2", "vars.no", "vars.yes", "prev == 1", "1 / 0 == 1"))
        output = random.choice((1, 2, "{{ lap }}", "{{ lap }}", "{{ prev.x }}", "y" * 5_000))
        said = {"until": until, "max_iterations": random.randint(1, 3), "output": output}
        if random.random() < 0.5:
            said["initial"] = random.choice((0, 1))
        return said | self._body(place, upstream, ("lap == 1", "prev == 1", "vars.yes"))

    def _body(self, place: Place, upstream: tuple[str, ...], given: tuple[str, ...]) -> dict[str, Any]:
        inside = Place(place.depth + 1, (*place.outer, *upstream), given)
        drawn = self._graph(inside, self.random.randint(1, 4))
        return {"nodes": drawn.nodes, "edges": drawn.edges}

    def _join(self, incoming: int) -> dict[str, Any]:
        random = self.random
        mode = random.choice(MODES)
        if mode in {"any", "quorum"} and not (self.wishes.races and incoming):
            mode = "settled"
        join: dict[str, Any] = {"mode": mode}
        if mode == "quorum":
            join["n"] = random.randint(1, incoming)
        if mode in {"any", "quorum"} and self.wishes.cancel_rest:
            join["cancel_rest"] = random.random() < 0.5
        return join

    def _edge(self, source: dict[str, Any], target: str, place: Place, upstream: tuple[str, ...]) -> dict[str, Any]:
        random = self.random
        own = {
            "condition": ["left", "right", "other"],
            "human_gate": ["approved", "rejected", "expired", "later"],
            "event": ["success", "timeout"],
            "loop": ["success", "exhausted"],
        }
        outcomes = own.get(source["type"], ["success"])
        edge: dict[str, Any] = {"from": source["id"], "to": target}
        chance = random.random()
        if chance < 0.25:
            edge["on"] = random.choice((["error"], ["timeout"], ["skipped"], ["ended"]))
        elif chance < 0.4 or outcomes != ["success"]:
            edge["on"] = random.sample(outcomes, random.randint(1, len(outcomes)))
            edge["on"] += [extra for extra in ("error", "skipped", "ended") if random.random() < 0.15]
        if random.random() < 0.15:
            edge["when"] = self._guard(place, upstream)
        return edge

    def _lead_on(self, drawn: Drawn) -> None:
        """Give every case of a condition an edge, as a document has to."""
        for node in drawn.nodes:
            if node["type"] == "condition":
                own = [edge for edge in drawn.edges if edge["from"] == node["id"]]
                taken = {outcome for edge in own for outcome in edge.get("on", ())}
                missing = [name for name in ("left", "right", "other") if name not in taken]
                own[0]["on"] = [*own[0].get("on", ["ended"]), *missing]

    def _guard(self, place: Place, upstream: tuple[str, ...]) -> str:
        random = self.random
        if place.given and random.random() < 0.3:
            return random.choice(place.given)
        # Of an enclosing region a body may name what is upstream of the node that repeats it.
        named = (*upstream, *place.outer)
        if named and self.wishes.reading_guards and random.random() < 0.5:
            node = random.choice(named)
            return random.choice(
                (
                    f"nodes.{node}.status == 'completed'",
                    f"coalesce(nodes.{node}.output, 0) == 1",
                    f"nodes.{node}.output == 1",
                )
            )
        return random.choice(CONSTANT_GUARDS)

    def _script(self) -> Script:
        random = self.random
        attempts: dict[str, tuple[Attempt, ...]] = {}
        votes: dict[str, tuple[Vote, ...]] = {}
        for name, node in self.all.items():
            if node["type"] in {"tool_call", "subworkflow"}:
                attempts[name] = tuple(self._attempt() for _ in range(random.randint(1, 2)))
                attempts[f"{name}~undo"] = (self._attempt(),)
            elif node["type"] == "human_gate" and random.random() < 0.8:
                decision = random.choice(("approved", "approved", "approved", "rejected", "later"))
                votes[name] = (Vote(decision, after=random.random() * 10),)
            elif node["type"] == "human_gate":
                node["timeout"] = 5
        return Script(attempts, votes, events=self._events() if self.wishes.timing else self._one_of_each())

    def _one_of_each(self) -> tuple[Inbound, ...]:
        return tuple(Inbound(name, GOOD) for name in NAMES)

    def _events(self) -> tuple[Inbound, ...]:
        random = self.random
        extra = (
            Inbound(random.choice(NAMES), random.choice((GOOD, BAD, BAD)), random.choice((None, "k1", "k2")), at)
            for at in range(random.randint(0, 6))
        )
        return (*(Inbound(name, GOOD, key) for name in NAMES for key in ("k1", "k2")), *extra)

    def _attempt(self) -> Attempt:
        random = self.random
        seconds = random.random() * 10
        if random.random() < 0.8:
            return Attempt(random.choice((1, 2)), seconds=seconds)
        return Attempt(failure=Failure(random.choice(FAILURES), "no", retryable=random.random() < 0.3), seconds=seconds)
