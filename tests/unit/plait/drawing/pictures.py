"""Pictures for tests, from documents drawn as arrows."""

from typing import Any

from interpreter.document.model import Document
from plait.drawing.document import picture_of
from plait.drawing.picture import Picture
from tests.support.documents import CATALOGUE, a_document_json, a_node


def a_picture(graph: str = "", *, nodes: dict[str, dict[str, Any]] | None = None, **top: Any) -> Picture:
    """The picture of such a document."""
    return picture_of(Document.model_validate(a_document_json(graph, nodes=nodes, **top)), CATALOGUE)


def with_bodies() -> Picture:
    """A map with a loop in it."""
    loop = a_node(
        "refine",
        type="loop",
        **{"with": {"until": "lap > 2", "max_iterations": 3, "output": 1, "chain": [a_node("draft"), a_node("judge")]}},
    )
    body = {"items": "[1, 2]", "nodes": [a_node("split"), loop], "edges": [{"from": "split", "to": "refine"}]}
    return a_picture("fetch -> each -> publish", nodes={"each": {"type": "map", "with": body, "when": "1 < 2"}})
