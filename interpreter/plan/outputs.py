"""What nodes and bodies give, as types: as far as the document and the catalogue tell."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from interpreter.document.model import Node
from interpreter.plan.decisive import decisive_in
from interpreter.plan.draft import Draft
from interpreter.plan.outline import item_names
from interpreter.plan.shapes import (
    INTEGER,
    NULL,
    TEXT,
    UNKNOWN,
    Type,
    list_of,
    object_of,
    of_schema,
    of_value,
)
from interpreter.plan.sites import Path, Site, tool_of


class Outputs:
    """The types of a document's values.

    Those of expressions are noted as they are found; a value whose expressions were not looked at
    yet is unknown.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._of_sites: dict[Path, Type] = {}
        self._of_nodes: dict[int, Type] = {}

    def note(self, site: Site, found: Type) -> None:
        """Keep the type of a site that is one expression."""
        self._of_sites[site.path] = found

    def laps_with_a_type(self) -> Iterator[int]:
        """The bodies of loops whose laps all begin with a `prev` of a type that is known."""
        for owner, area in self.draft.outline.bodies.items():
            if self.draft.outline.behaviour(owner) == "loop" and self.given("prev", area) != UNKNOWN:
                yield area

    def given(self, name: str, area: int) -> Type:
        """What a map or a loop gives to a body under this name: an item, its number, what the lap before gave."""
        outline = self.draft.outline
        body = outline.names_in[area][name]
        owner = outline.areas[body].owner
        assert owner is not None
        said, path = outline.nodes[owner].with_, outline.node_path(owner)
        if outline.behaviour(owner) == "loop":
            return self._previous(said, path) if name == "prev" else INTEGER
        if name == item_names(outline, body)[1]:
            return INTEGER
        items = said.get("items")
        found = self._of_sites.get((*path, "with", "items"), UNKNOWN) if isinstance(items, str) else UNKNOWN
        return found.part(found.schema.get("items")) if found.schema.get("type") == "array" else UNKNOWN

    def _previous(self, said: dict[str, Any], path: Path) -> Type:
        """What both the first lap and all others begin with, if that is of one type."""
        first = self._of_value(said.get("initial"), (*path, "with", "initial"))
        return first if first == self._of_value(said.get("output"), (*path, "with", "output")) else UNKNOWN

    def output(self, node: int) -> Type:
        """The node's own `output_schema` first, then its tool's, then what its type gives."""
        if node not in self._of_nodes:
            self._of_nodes[node] = self._output(node)
        return self._of_nodes[node]

    def _output(self, index: int) -> Type:
        outline = self.draft.outline
        node, kind = outline.nodes[index], outline.kinds[index]
        if node.output_schema is not None:
            return of_schema(node.output_schema)
        tool = tool_of(node.type, node.with_, self.draft.catalogue)
        if tool and tool.output_schema is not None:
            return of_schema(tool.output_schema)
        path = (*outline.node_path(index), "with")
        match kind and kind.behaviour:
            case "condition":
                return object_of({"case": TEXT})
            case "gate":
                return gate_output(node)
            case "parallel":
                return NULL
            case "transform":
                return self._of_value(node.with_.get("value"), (*path, "value"))
            case "map":
                return list_of(self._of_item(index, node, path))
            case "loop":
                return self._of_value(node.with_.get("output"), (*path, "output"))
            case "subworkflow":
                return self._of_workflow(index, node)
            case "agent":
                agent = (self.draft.catalogue.agents or {}).get(str(node.with_.get("agent")))
                return of_schema((agent and agent.output_schema) or {})
            case _:
                return of_schema((kind and kind.output_schema) or {})

    def _of_item(self, index: int, node: Node, path: Path) -> Type:
        output = node.with_.get("output")
        if node.with_.get("on_item_error") != "collect":
            return self._of_terminals(index) if output is None else self._of_value(output, (*path, "output"))
        # Of an item that failed the output is null, and of one that did not the error.
        return object_of({"index": INTEGER, "status": TEXT, "output": UNKNOWN, "error": UNKNOWN})

    def _of_terminals(self, index: int) -> Type:
        """The outputs of a body's terminal nodes by their ids; of a chain, the last one's."""
        outline = self.draft.outline
        area = outline.areas[outline.bodies[index]]
        certain = not any(self._decisive[node] for node in area.nodes)
        if area.chained:
            return self.output(area.nodes[-1]) if certain and area.nodes else UNKNOWN
        fields = {outline.nodes[node].id: self.output(node) for node in area.nodes if not outline.outgoing[node]}
        return object_of(fields, frozenset() if certain else frozenset(fields))

    @cached_property
    def _decisive(self) -> list[bool]:
        return decisive_in(self.draft)

    def _of_workflow(self, index: int, node: Node) -> Type:
        if node.with_.get("mode") == "detach":
            return object_of({"run_id": TEXT})
        workflow = self.draft.workflow_of(index)
        return of_schema(workflow.output_schema or {}) if workflow else UNKNOWN

    def _of_value(self, value: Any, path: Path) -> Type:
        return of_value(value, path, self._of_template)

    def _of_template(self, text: str, path: Path) -> Type:
        template = self.draft.sites.templates.get(text)
        return TEXT if template is None or template.sole is None else self._of_sites.get(path, UNKNOWN)


def gate_output(node: Node) -> Type:
    """`{outcome, form, by, at, votes[]}`; of the form the gate tells itself."""
    form = node.with_.get("form")
    return object_of(
        {
            "outcome": TEXT,
            "form": of_schema(form if isinstance(form, dict) else {}),
            "by": UNKNOWN,
            "at": TEXT,
            "votes": list_of(UNKNOWN),
        }
    )
