"""Random documents and scripts for the seeded simulator. The same seed gives the same graph."""

from dataclasses import dataclass
from random import Random
from typing import Any

from interpreter.messages import Failure
from interpreter.plan.model import Plan
from interpreter.simulate import Attempt, Script, Vote
from tests.support.documents import a_plan

MODES = ("settled", "settled", "settled", "all", "any", "quorum", "always", "all_failed")
TYPES = ("tool_call",) * 7 + ("transform", "condition", "human_gate", "wait", "parallel", "join")
CONSTANT_GUARDS = (*["vars.yes"] * 9, *["vars.no"] * 5, "1 / 0 == 1")
FAILURES = ("Broken", "Broken", "Timeout")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What may occur in a graph."""

    races: bool = True
    cancel_rest: bool = True
    ends: bool = True
    reading_guards: bool = True


def a_random_run(seed: int, wishes: Wishes) -> tuple[Plan, Script]:
    """A plan and what happens in it."""
    return _Dice(Random(seed), wishes).roll()


class _Dice:
    def __init__(self, random: Random, wishes: Wishes) -> None:
        self.random, self.wishes = random, wishes

    def roll(self) -> tuple[Plan, Script]:
        random = self.random
        size = random.randint(2, 14)
        pairs = [
            (source, target)
            for target in range(1, size)
            for source in sorted(random.sample(range(target), min(target, random.choice((0, 1, 1, 1, 2, 2, 3)))))
        ]
        upstream: list[set[int]] = [set() for _ in range(size)]
        for source, target in pairs:
            upstream[target] |= upstream[source] | {source}
        targets = {source for source, _ in pairs}
        nodes = [self._node(index, upstream[index], pairs, is_last=index not in targets) for index in range(size)]
        edges = [self._edge(nodes, source, target, upstream[source]) for source, target in pairs]
        self._lead_on(nodes, edges)
        by_id = {node.pop("id"): node for node in nodes}
        script = self._script(by_id)
        return a_plan(nodes=by_id, vars={"yes": True, "no": False}, edges=edges), script

    def _node(self, index: int, upstream: set[int], pairs: list[tuple[int, int]], *, is_last: bool) -> dict[str, Any]:
        random = self.random
        kind = random.choice(TYPES)
        if is_last and kind == "condition":
            kind = "tool_call"
        if is_last and self.wishes.ends and random.random() < 0.15:
            kind = "end"
        node: dict[str, Any] = {"id": f"n{index}", "type": kind}
        if kind == "condition":
            cases = [{"name": name, "when": self._guard(upstream)} for name in ("left", "right")]
            node["with"] = {"cases": cases} | ({"default": "other"} if random.random() < 0.7 else {})
        elif kind == "end":
            node["with"] = {"status": random.choice(("completed", "failed")), "message": "over", "cancel_rest": True}
        elif kind == "transform":
            node["with"] = {"value": random.choice((1, 2, 1, 2, 1, "{{ 1 / 0 }}"))}
        elif kind == "human_gate":
            node["with"] = {"title": "?", "approvers": ["user:ann"], "outcomes": ["later"]}
        if kind in {"tool_call", "transform"}:
            node["on_error"] = random.choice(("fail", "fail", "continue", "hold"))
        if kind == "tool_call":
            node["retry"] = {"max_attempts": random.randint(1, 3)}
        if random.random() < 0.15:
            node["when"] = self._guard(upstream)
        incoming = sum(target == index for _, target in pairs)
        node["join"] = self._join(incoming)
        return node

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

    def _edge(self, nodes: list[dict[str, Any]], source: int, target: int, upstream: set[int]) -> dict[str, Any]:
        random = self.random
        own = {"condition": ["left", "right", "other"], "human_gate": ["approved", "rejected", "expired", "later"]}
        outcomes = own.get(nodes[source]["type"], ["success"])
        edge: dict[str, Any] = {"from": f"n{source}", "to": f"n{target}"}
        chance = random.random()
        if chance < 0.25:
            edge["on"] = random.choice((["error"], ["timeout"], ["skipped"], ["ended"]))
        elif chance < 0.4 or outcomes != ["success"]:
            edge["on"] = random.sample(outcomes, random.randint(1, len(outcomes)))
            edge["on"] += [extra for extra in ("error", "skipped", "ended") if random.random() < 0.15]
        if random.random() < 0.15:
            edge["when"] = self._guard(upstream | {source})
        return edge

    def _lead_on(self, nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
        """Give every case of a condition an edge, as a document has to."""
        for node in nodes:
            if node["type"] == "condition":
                own = [edge for edge in edges if edge["from"] == node["id"]]
                taken = {outcome for edge in own for outcome in edge.get("on", ())}
                missing = [name for name in ("left", "right", "other") if name not in taken]
                own[0]["on"] = [*own[0].get("on", ["ended"]), *missing]

    def _guard(self, upstream: set[int]) -> str:
        random = self.random
        if upstream and self.wishes.reading_guards and random.random() < 0.5:
            node = f"n{random.choice(sorted(upstream))}"
            return random.choice(
                (
                    f"nodes.{node}.status == 'completed'",
                    f"coalesce(nodes.{node}.output, 0) == 1",
                    f"nodes.{node}.output == 1",
                )
            )
        return random.choice(CONSTANT_GUARDS)

    def _script(self, nodes: dict[str, dict[str, Any]]) -> Script:
        random = self.random
        attempts: dict[str, tuple[Attempt, ...]] = {}
        votes: dict[str, tuple[Vote, ...]] = {}
        for name, node in nodes.items():
            if node["type"] == "tool_call":
                attempts[name] = tuple(self._attempt() for _ in range(random.randint(1, 2)))
            elif node["type"] == "human_gate" and random.random() < 0.8:
                decision = random.choice(("approved", "approved", "approved", "rejected", "later"))
                votes[name] = (Vote(decision, after=random.random() * 10),)
            elif node["type"] == "human_gate":
                node["timeout"] = 5
        return Script(attempts, votes)

    def _attempt(self) -> Attempt:
        random = self.random
        seconds = random.random() * 10
        if random.random() < 0.8:
            return Attempt(random.choice((1, 2)), seconds=seconds)
        return Attempt(failure=Failure(random.choice(FAILURES), "no", retryable=random.random() < 0.3), seconds=seconds)
