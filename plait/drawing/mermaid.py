"""A picture as a Mermaid flowchart, which many forges and wikis draw inside Markdown."""

import re
from collections.abc import Iterator

from plait.drawing.picture import Arrow, Box, Picture, Shape

FRAMES: dict[Shape, tuple[str, str]] = {
    "activity": ("(", ")"),
    "model": ("(", ")"),
    "value": ("[", "]"),
    "decision": ("{{", "}}"),
    "flow": ("([", "])"),
    "gate": ("[/", "/]"),
    "wait": ("([", "])"),
    "end": ("([", "])"),
    "map": ("[", "]"),
    "loop": ("[", "]"),
    "subworkflow": ("[[", "]]"),
}
CLASSES: dict[Shape, str] = {
    "gate": "fill:#fff1cc,stroke:#9a6700,color:#1f2328",
    "decision": "fill:#ddeaff,stroke:#2f66c4,color:#1f2328",
    "model": "fill:#f0e6ff,stroke:#7a4bd0,color:#1f2328",
    "end": "fill:#ffe4e0,stroke:#b62e24,color:#1f2328",
}
SPECIAL = re.compile(r"[^\w ·.,;:!?'()/+*=@%$-]|[;#]")
"""Whatever might mean something to Mermaid or to HTML."""


def mermaid(picture: Picture, title: str) -> str:
    """The whole chart. Steps keep their ids, so that an edit changes few lines."""
    lines = [
        "flowchart TD",
        f"  accTitle: {plain(title)}",
        f"  accDescr: {plain(picture.summary())}",
        *graph(picture, "  "),
    ]
    shapes = {box.shape for each in picture.everything for box in each.boxes}
    lines += [f"  classDef is_{shape} {style}" for shape, style in CLASSES.items() if shape in shapes]
    return "\n".join(lines) + "\n"


def graph(picture: Picture, indent: str) -> Iterator[str]:
    """The steps and arrows of one graph."""
    for box in picture.boxes:
        yield from step(box, indent)
    for arrow in picture.arrows:
        yield f"{indent}{link(arrow, picture)}"


def step(box: Box, indent: str) -> Iterator[str]:
    """A box, or a subgraph with what is inside it."""
    lines = [f"<b>{escaped(box.title)}</b>", escaped(box.kind)]
    lines += [f"<i>when {escaped(box.guard)}</i>"] if box.guard else []
    if box.body is None:
        opening, closing = FRAMES[box.shape]
        marked = f":::is_{box.shape}" if box.shape in CLASSES else ""
        yield f'{indent}{name(box)}{opening}"{"<br/>".join(lines)}"{closing}{marked}'
        return
    # Mermaid leaves room for one line above what is inside.
    yield f'{indent}subgraph {name(box)}["{" ".join(lines)}"]'
    yield f"{indent}  direction TB"
    yield from graph(box.body, f"{indent}  ")
    yield f"{indent}end"


def link(arrow: Arrow, picture: Picture) -> str:
    """An arrow, dotted where something went another way than was hoped for."""
    said = [escaped(arrow.label)] if arrow.label else []
    said += [f"<i>when {escaped(arrow.guard)}</i>"] if arrow.guard else []
    line = "-->" if arrow.tone == "usual" else "-.->"
    label = f'|"{"<br/>".join(said)}"|' if said else ""
    return f"{name(picture.boxes[arrow.source])} {line}{label} {name(picture.boxes[arrow.target])}"


def name(box: Box) -> str:
    """A name that is none of Mermaid's own words, such as `end`."""
    return f"n_{box.id}"


def escaped(text: str) -> str:
    """Text that stands for itself, on one line."""
    return SPECIAL.sub(lambda found: f"#{ord(found[0])};", " ".join(text.split()))


def plain(text: str) -> str:
    """Text for a line that Mermaid reads to its end."""
    return " ".join(re.sub(r"[;#{}<>&]", " ", text).split())
