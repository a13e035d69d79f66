"""What a rerun would do, said from the two plans and from how the source's nodes ended: nothing is resolved.

A node is said to be reused where all that it reads is as it was. Where something of that may be
different, it depends: the hash of its input decides when it is known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from activities.shell.inputs import parameters_of
from api.reruns.schemas import ForeseenNode
from interpreter.plan.model import Plan, PlannedNode, Region
from interpreter.plan.models import models_named
from interpreter.reuse import Fresh, changes_of
from interpreter.steps import Step

Action = Literal["reused", "runs", "depends", "overridden"]
MAYBE = "A model or an agent that it may use is another one now."
COMPUTED = frozenset({"transform", "condition", "parallel", "join", "end"})


@dataclass(frozen=True, slots=True)
class Before:
    """The source: its plan, how many instances of each node ended how, which nodes were undone."""

    plan: Plan
    ended: Mapping[str, Mapping[str, int]]
    undone: frozenset[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other than in the source, of all nodes alike."""

    from_start: bool
    input: bool
    env: bool
    vars: bool
    overrides: Mapping[str, str]
    """What was decided of nodes beforehand (`with`, `output`, `skip`), by path."""
    aliases: frozenset[str] = frozenset()
    """The aliases that stand for another model now."""
    agents: frozenset[str] = frozenset()
    """The agents that have another version now."""


@dataclass(slots=True)
class Forecast:
    """Goes through a plan in its order."""

    plan: Plan
    before: Before
    changes: Changes
    fresh: Fresh
    _same: dict[str, bool] = field(default_factory=dict)
    """Whether a node is known to come to what it came to."""

    def nodes(self) -> list[ForeseenNode]:
        """Every node, those of bodies behind the map or loop that they belong to."""
        return list(self._region(self.plan, "", None))

    def _region(self, region: Region, around: str, given: str | None) -> Iterator[ForeseenNode]:
        """`given` says why the items or laps may be others."""
        for node in region.nodes:
            path = f"{around}{node.id}"
            inside: list[ForeseenNode] = []
            if node.body is None or node.behaviour == "agent" or self.changes.overrides.get(path) in {"output", "skip"}:
                action, because = self._node(region, node, path, given)
            else:
                body = self.plan.region(node.body)
                mark = "~*." if body.until is not None else ".*."
                inside = list(self._region(body, f"{path}{mark}", self._doubt(region, node) or given))
                action, because = _of_body(inside)
            self._same[node.id] = action == "reused" or (
                node.behaviour in COMPUTED
                and action == "runs"
                and not self._doubt(region, node)
                and not self._altered(node)
            )
            yield ForeseenNode(
                path=path, node=node.id, type=node.kind.name, name=node.name, action=action, because=because
            )
            yield from inside

    def _node(self, region: Region, node: PlannedNode, path: str, given: str | None) -> tuple[Action, str]:
        if (override := self._override(node, path)) is not None:
            return override
        if node.behaviour in COMPUTED:
            return "runs", "The workflow computes it itself, at no cost."
        return self._forced(node) or self._by_source(node) or self._by_uses(node) or self._by_input(region, node, given)

    def _override(self, node: PlannedNode, path: str) -> tuple[Action, str] | None:
        said = self.changes.overrides.get(path)
        if said == "with":
            return "runs", "`overrides` gives it other parameters."
        if said is not None:
            return "overridden", "`overrides` skips it." if said == "skip" else "`overrides` gives its output."
        inside = [path for path in self.changes.overrides if path.rpartition(".")[2] == node.id]
        return ("depends", "`overrides` decides some of its instances.") if inside and node.region else None

    def _forced(self, node: PlannedNode) -> tuple[Action, str] | None:
        """What runs whatever it reads, because that was asked for."""
        if self.changes.from_start:
            return "runs", "The rerun is from the start."
        if self.fresh.covers(node.id):
            named = any(steps[-1] == Step(0, node.index, None) for steps in self.fresh.chosen if not node.region)
            return "runs", "`from` names it." if named else "It follows from what `from` names."
        around = set(self._owners(node))
        if any(owner in steps_before(steps) for steps in self.fresh.chosen for owner in around):
            return "depends", "`from` names some of the items or laps around it: those run, and what follows there."
        if any(self.fresh.covers(self.plan.region(region).nodes[owner].id) for region, owner in around if not region):
            return "runs", "The map or loop around it follows from what `from` names."
        return None

    def _owners(self, node: PlannedNode) -> Iterator[tuple[int, int]]:
        """The maps and loops around a node, as region and index."""
        owner = self.plan.region(node.region).owner
        while owner is not None:
            yield owner
            owner = self.plan.region(owner[0]).owner

    def _altered(self, node: PlannedNode) -> bool:
        """Whether what the node does is not what it did."""
        return node.id not in self.before.plan.places or bool(changes_of(self.before.plan.find(node.id), node))

    def _by_source(self, node: PlannedNode) -> tuple[Action, str] | None:
        """What runs, or may, because the source has no result of this work."""
        if node.id not in self.before.plan.places:
            return "runs", "The version that the source executed has no such node."
        if changed := changes_of(self.before.plan.find(node.id), node):
            return "runs", f"What it does has changed: {', '.join(f'`{each}`' for each in changed)}."
        if node.id in self.before.undone:
            return "runs", "It was undone in the source."
        ended = self.before.ended.get(node.id, {})
        completed, total = ended.get("completed", 0), sum(ended.values())
        if not total:
            return "runs", "The source did not come to it."
        if not completed:
            status = max(ended, key=ended.__getitem__)
            if status == "skipped":
                return "depends", "It was skipped in the source: it runs if it is reached now."
            return (
                "runs",
                f"In the source it was {status}." if status == "cancelled" else f"In the source it {_said(status)}.",
            )
        if completed < total:
            return "depends", f"{completed} of its {total} instances completed in the source; the others run."
        return None

    def _by_uses(self, node: PlannedNode) -> tuple[Action, str] | None:
        """What runs, or may, because a model or an agent that it uses is another one now."""
        said, aliases = node.node.with_, self.changes.aliases
        if node.node.type == "llm" and aliases:
            named = [reference for reference, _ in models_named("llm", said)]
            if other := next((each for each in named if each in aliases), None):
                return "runs", f"`{other}` stands for another model now."
            return None if len(named) == 1 + len(said.get("fallback") or ()) else ("depends", MAYBE)
        if node.behaviour != "agent" or not (aliases or self.changes.agents):
            return None
        if said.get("agent") in self.changes.agents:
            return "runs", f"The agent `{said['agent']}` has another version now."
        return "depends", MAYBE

    def _by_input(self, region: Region, node: PlannedNode, given: str | None) -> tuple[Action, str]:
        if (doubt := self._doubt(region, node) or given) is not None:
            return "depends", f"{doubt} It is reused if its input comes to the same."
        people = {"gate": "People decided it", "event": "Its event came", "wait": "It was waited out"}
        return "reused", f"{people.get(node.behaviour, 'It completed')} in the source, given the same."

    def _doubt(self, region: Region, node: PlannedNode) -> str | None:
        """Why the node may be given something else, or not be reached; None if it is given the same."""
        wanted = parameters_of(self.plan, node).wanted
        for name, changed in (("input", self.changes.input), ("env", self.changes.env), ("vars", self.changes.vars)):
            if changed and name in wanted.names:
                return f"It reads `{name}`, which is not the same."
        if "run" in wanted.names:
            return "It reads `run`, and every run has its own id and start."
        for read, _ in sorted(wanted.values):
            if read in self.plan.places and not self._same.get(read, False):
                return f"It reads {read}, which may come to something else."
        sources = (region.nodes[region.edges[edge].source].id for edge in node.incoming)
        unsure = next((source for source in sources if not self._same.get(source, False)), None)
        return None if unsure is None else f"It comes after {unsure}, which may end otherwise."


def steps_before(steps: tuple[Step, ...]) -> set[tuple[int, int]]:
    """The maps and loops into whose items or laps the steps go."""
    return {(step.region, step.node) for step in steps if step.key is not None}


def _of_body(inside: list[ForeseenNode]) -> tuple[Action, str]:
    working = [node.action for node in inside if node.because != "The workflow computes it itself, at no cost."]
    if all(action == "reused" for action in working):
        return "reused", "All of its body is taken over; its output is put together anew, at no cost."
    if all(action == "runs" for action in working):
        return "runs", "All of its body runs."
    return "depends", "Its items or laps are taken over one by one, as their nodes say."


def _said(status: str) -> str:
    return {"failed": "failed", "held": "was held"}.get(status, f"was still {status}")
