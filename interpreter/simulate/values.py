"""The values of a simulated run, and what the expressions at one place of it may name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from interpreter.document.model import Graph
from interpreter.expressions import Prepared, Scope, prepare_value, resolve_value
from interpreter.expressions.templates import PreparedObject
from interpreter.paths import id_of
from interpreter.plan.model import Outer, Plan, PlannedNode
from interpreter.plan.sites import ANY
from interpreter.rules.evaluate import entry_of
from interpreter.rules.inline import merged
from interpreter.state import NodeStatus, RunState, SourceNode, sources_of
from interpreter.state import Scope as Instance
from interpreter.values import Json


@dataclass(slots=True)
class Values:
    """By path: outputs of nodes, items and laps, resolved inputs, the items of maps, the `initial` of loops."""

    plan: Plan
    state: RunState
    run_input: Json
    outputs: dict[str, Json] = field(default_factory=dict)
    inputs: dict[str, Json] = field(default_factory=dict)
    items: dict[str, list[Json]] = field(default_factory=dict)
    initial: dict[str, Json] = field(default_factory=dict)

    def parameters(self, scope: Instance, node: PlannedNode) -> dict[str, Any]:
        """The node's `with`, as far as it is resolved before the node runs. Raises ExpressionError where
        it reads what is not known.
        """
        found = resolve_value(_prepared_of(_Same(node)), Scope(self.names(scope, node)))
        assert isinstance(found, dict), "`with` is an object"
        return found

    def value_of(self, scope: Instance, node: PlannedNode) -> Json:
        """The value of a transform, a join or an end. Raises ExpressionError."""
        if isinstance(node.value.prepared, str):
            arrived = self.arrived(scope, node)
            return merged(node.value.prepared, {one["id"]: one.get("output") for one in arrived})
        value = resolve_value(node.value.prepared or NOTHING, Scope(self.names(scope, node)))
        return value.get("output") if node.behaviour == "end" and isinstance(value, dict) else value

    def output_of(self, scope: Instance) -> Json:
        """The output of an item or a lap that has ended, or of the run. Raises ExpressionError."""
        region = self.plan.region(scope.region)
        sources = list(sources_of(self.plan, self.state, scope, region.output_reads, region.output_outer))
        prepared = region.output.prepared if scope.id else self._run_output()
        if prepared is None or isinstance(prepared, str):
            made = (source for source in sources if source.known.status is NodeStatus.COMPLETED)
            outputs = {id_of(source.path): self.outputs.get(source.path) for source in made}
            return merged("first" if region.chained else "object", outputs)
        return resolve_value(prepared, Scope({**self._around(scope), "nodes": self._entries(sources)}))

    def _run_output(self) -> Prepared | None:
        said = self.plan.document.output
        return None if said is None else prepare_value(said)

    def unknown(self, scope: Instance) -> bool:
        """Whether the output at the end of the scope needs a value that nobody scripted."""
        region = self.plan.region(scope.region)
        sources = sources_of(self.plan, self.state, scope, region.output_reads, region.output_outer)
        return any(source.known.has_output and source.path not in self.outputs for source in sources)

    def names(self, scope: Instance, node: PlannedNode, also: Iterable[Outer] = ()) -> dict[str, Any]:
        """All that the node's parameters may name, with the values known so far."""
        unseen = scope.nodes[node.index].unseen
        sources = sources_of(self.plan, self.state, scope, node.reads, (*node.outer, *also), unseen)
        return {**self._around(scope), "nodes": self._entries(sources), "arrived": self.arrived(scope, node)}

    def arrived(self, scope: Instance, node: PlannedNode) -> list[dict[str, Any]]:
        """What `arrived` is."""
        region = self.plan.region(scope.region)
        sources = [region.edges[edge].source for edge in scope.nodes[node.index].arrived]
        places = [SourceNode(scope.path_of(region.nodes[source].segment), scope.nodes[source]) for source in sources]
        return [{"id": id_of(place.path), **self._entry(place)} for place in places]

    def _around(self, scope: Instance) -> dict[str, Any]:
        """What does not depend on the node: constants, and what the scope and those around it are given."""
        names: dict[str, Any] = {
            "input": self.run_input,
            "vars": self.plan.document.vars,
            "env": self.state.env,
            "run": self.state.run,
            **scope.names,
        }
        for around in reversed(list(self.state.around(scope))):
            if around.id:
                name, value = self.given(around)
                names[name] = value
        return names

    def given(self, scope: Instance) -> tuple[str, Json]:
        """The item or the previous lap's output, and its name."""
        region, owner = self.plan.region(scope.region), self.owner_path(scope)
        if region.until is None:
            return region.names[0], self.items[owner][scope.key]
        if scope.key == 1:
            return "prev", self.initial.get(owner)
        return "prev", self.outputs.get(f"{owner}~{scope.key - 1}")

    def owner_path(self, scope: Instance) -> str:
        """The path of the map or loop whose item or lap this is."""
        outer = self.state.scope(scope.parent)
        return outer.path_of(self.plan.region(outer.region).nodes[scope.owner].segment)

    def _entries(self, sources: Iterable[SourceNode]) -> dict[str, Any]:
        return {id_of(source.path): self._entry(source) for source in sources}

    def _entry(self, source: SourceNode) -> dict[str, Any]:
        entry = entry_of(source.known)
        if source.known.has_output and source.path in self.outputs:
            entry["output"] = self.outputs[source.path]
        if source.path in self.inputs:
            entry["input"] = self.inputs[source.path]
        return entry


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A node that is compared by what it is, not by what it holds."""

    node: PlannedNode

    def __hash__(self) -> int:
        return id(self.node)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.node is self.node


@lru_cache(maxsize=16_384)
def _prepared_of(same: _Same) -> Prepared:
    """The node's `with`, prepared once: a plan is simulated many times."""
    return PreparedObject(tuple(_prepared(same.node)))


def _prepared(node: PlannedNode) -> Iterator[tuple[str, Prepared]]:
    for name, value in node.node.with_.items():
        parameter = node.kind.parameters.get(name, ANY)
        if not parameter.inside and parameter.type != "expression" and name not in Graph.model_fields:
            yield name, prepare_value(value, parameter.literal)


def collected(ended: str, how: str, outputs: Mapping[int, Json], errors: Mapping[int, Json]) -> list[Json]:
    """A map's output from those of its items: `ended` has a letter each, `how` is its `on_item_error`."""
    if how != "collect":
        return [outputs.get(item) for item, letter in enumerate(ended) if letter == "c"]
    return [
        {
            "index": item,
            "status": "completed" if letter == "c" else "failed",
            "output": outputs.get(item),
            "error": errors.get(item),
        }
        for item, letter in enumerate(ended)
    ]


NOTHING = prepare_value(None)
