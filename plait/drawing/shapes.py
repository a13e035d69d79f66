"""The outlines of boxes, and the small icons in some of them, around (0, 0) and (width, height)."""

from collections.abc import Iterator
from typing import assert_never

from plait.drawing.picture import Shape

ICON = 16.0
POINT = 14.0
ICONS: dict[Shape, str] = {
    "gate": "M8 8a3.4 3.4 0 1 0 0-6.8A3.4 3.4 0 0 0 8 8ZM1.5 15c.6-3.300 3-5 6.500-5s5.900 1.700 6.500 5",
    "wait": "M8 15A7 7 0 1 0 8 1a7 7 0 0 0 0 14ZM8 4v4.300l2.800 1.700",
    "map": "M2 3.500h12M2 8h12M2 12.500h12",
    "loop": "M14 8a6 6 0 1 1-1.900-4.400M14 1.500v3.200h-3.200",
    "model": "M8 1.500l1.700 4.800 4.800 1.700-4.800 1.700L8 14.500l-1.700-4.800L1.500 8l4.800-1.700Z",
}


def icon(shape: Shape) -> str:
    """The path of the icon; empty where the outline says enough."""
    return ICONS.get(shape, "")


def outline(shape: Shape, width: float, height: float) -> Iterator[str]:
    """The elements of the outline."""
    match shape:
        case "decision":
            middle = height / 2
            corners = (
                (POINT, 0.0),
                (width - POINT, 0.0),
                (width, middle),
                (width - POINT, height),
                (POINT, height),
                (0.0, middle),
            )
            yield f'<polygon class="box" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}"/>'
        case "flow" | "wait" | "end":
            yield rectangle(width, height, height / 2)
        case "subworkflow":
            yield rectangle(width, height, 3)
            yield f'<path class="mark" d="M6 0V{height:.1f}M{width - 6:.1f} 0V{height:.1f}"/>'
        case "value":
            yield rectangle(width, height, 2)
        case "gate":
            yield rectangle(width, height, 3)
            yield f'<rect class="mark" x="3" y="3" width="{width - 6:.1f}" height="{height - 6:.1f}" rx="2"/>'
        case "activity" | "model" | "map" | "loop":
            yield rectangle(width, height, 8)
        case _:
            assert_never(shape)


def rectangle(width: float, height: float, radius: float) -> str:
    """A rectangle with round corners."""
    return f'<rect class="box" width="{width:.1f}" height="{height:.1f}" rx="{radius:.1f}"/>'
