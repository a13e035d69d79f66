"""From a document to its picture. A document that would not be saved is drawn as far as it goes."""

import json
from typing import Any

from interpreter.catalogue import Behaviour, Catalogue
from interpreter.document.model import Document, Edge
from interpreter.plan.outline import Outline, mode_of, outline_of
from plait.drawing.picture import Arrow, Box, Picture, Shape, Tone

SHAPES: dict[Behaviour, Shape] = {
    "activity": "activity",
    "transform": "value",
    "condition": "decision",
    "parallel": "flow",
    "join": "flow",
    "gate": "gate",
    "event": "wait",
    "wait": "wait",
    "end": "end",
    "map": "map",
    "loop": "loop",
    "subworkflow": "subworkflow",
    "agent": "model",
}
OF_MODELS = frozenset({"llm", "agent_call"})
ERRORS = frozenset({"error", "timeout", "rejected", "expired", "exhausted"})


def picture_of(document: Document, catalogue: Catalogue) -> Picture:
    """The root graph, with the bodies of maps and loops inside their boxes."""
    outline = outline_of(document, catalogue)
    pictures: dict[int, Picture] = {}
    for number in range(len(outline.areas) - 1, -1, -1):  # a body's number is above that of what is around it
        pictures[number] = _area(outline, number, pictures)
    return pictures[0]


def _area(outline: Outline, number: int, pictures: dict[int, Picture]) -> Picture:
    area = outline.areas[number]
    boxes = [_box(outline, node, pictures) for node in area.nodes]
    arrows: list[Arrow] = []
    for edge in area.edges:
        if (ends := outline.ends[edge]) is not None:
            source, target = (end - area.nodes.start for end in ends)
            arrows.append(_arrow(outline.edges[edge], outline.on[edge], source, target, chained=area.chained))
    return Picture(tuple(boxes), tuple(arrows))


def _box(outline: Outline, index: int, pictures: dict[int, Picture]) -> Box:
    node = outline.nodes[index]
    behaviour = outline.behaviour(index)
    shape: Shape = SHAPES[behaviour] if behaviour else "activity"  # somebody's own type
    says = [node.type, node.id] if node.name else [node.type]
    if (mode := mode_of(node)) != "settled":
        says.append(f"{mode} {node.join.n}" if mode == "quorum" and node.join else mode.replace("_", " "))
    return Box(
        node.id,
        node.name or node.id,
        " · ".join(says),
        "model" if node.type in OF_MODELS else shape,
        _text(node.when),
        pictures.get(outline.bodies.get(index, -1)),
    )


def _arrow(edge: Edge, on: frozenset[str], source: int, target: int, *, chained: bool) -> Arrow:
    said = [outcome for outcome in (edge.on or sorted(on)) if not (chained and outcome == "skipped")]
    label = "" if said == ["success"] else ", ".join(said)
    return Arrow(source, target, label, _text(edge.when), _tone(set(said)))


def _tone(outcomes: set[str]) -> Tone:
    if outcomes <= ERRORS:
        return "error"
    return "skipped" if outcomes == {"skipped"} else "usual"


def _text(expression: Any) -> str | None:
    """An expression as it was written."""
    return expression if expression is None or isinstance(expression, str) else json.dumps(expression)
