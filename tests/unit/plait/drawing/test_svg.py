"""A picture as SVG."""

from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.generate import DRAWN, drawing
from plait.drawing.measure import fitted, text_width, wrapped
from plait.drawing.picture import Arrow, Box, Picture, Shape
from plait.drawing.svg import svg
from tests.unit.plait.drawing.pictures import a_picture, with_bodies

SPACE = "{http://www.w3.org/2000/svg}"


def texts(drawn: str) -> list[str]:
    """What is written, tooltips aside."""
    found = ET.fromstring(drawn).iter(f"{SPACE}text")
    return ["".join(part for part in (each.text, *(inner.tail for inner in each)) if part) for each in found]


def test_every_node_and_every_outcome_is_written() -> None:
    drawn = svg(a_picture("a -[error]-> b; a -> c", nodes={"c": {"name": "Write it", "when": "1 < 2"}}), "Some")
    assert texts(drawn) == ["a", "tool_call", "b", "tool_call", "Write it", "tool_call · c", "when 1 < 2", "error"]


def test_bodies_are_boxes_within_boxes() -> None:
    root = ET.fromstring(svg(with_bodies(), "Bodies"))
    outer = next(each for each in root.iter(f"{SPACE}g") if each.get("class") == "map guarded body")
    inner = next(each for each in outer.iter(f"{SPACE}g") if each.get("class") == "loop body")
    assert [each.get("class") for each in inner.iter(f"{SPACE}g") if each.get("class")][1:] == ["activity", "activity"]


def test_who_cannot_see_it_is_told_what_it_shows() -> None:
    root = ET.fromstring(svg(a_picture("a -> (b, c, d, e)"), "Fork"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SPACE}title") == "Fork"
    assert root.findtext(f"{SPACE}desc") == "5 nodes and 4 edges. It begins with a and ends with b, c, d and 1 more."
    named = [each.get("id") for each in root if each.tag in (f"{SPACE}title", f"{SPACE}desc")]
    assert named == root.get("aria-labelledby", "").split()


def test_it_is_drawn_for_light_and_for_dark_and_fetches_nothing() -> None:
    drawn = svg(a_picture("a -> b"), "Plain")
    assert "@media (prefers-color-scheme:dark)" in drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "").replace("http_request", "")


@pytest.mark.parametrize("shape", get_args(Shape))
def test_every_kind_of_step_has_an_outline(shape: Any) -> None:
    root = ET.fromstring(svg(Picture((Box("a", "A", "kind", shape),), ()), "One"))
    (box,) = (each for each in root.iter() if each.get("class") == "box")
    assert box.tag in {f"{SPACE}rect", f"{SPACE}polygon"}


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_gives_well_formed_xml(title: str, guard: str) -> None:
    picture = Picture(
        (Box("a", title, guard, "activity", guard), Box("b", "b", "x", "value")), (Arrow(0, 1, title, guard, "error"),)
    )
    ET.fromstring(svg(picture, title))


@given(st.text(), st.floats(20, 300))
def test_a_label_is_no_wider_than_its_room(text: str, width: float) -> None:
    assert text_width(fitted(text, 12, width), 12) <= max(width, text_width("…", 12))
    lines = wrapped(text, 12, width, 2)
    assert len(lines) <= 2
    assert all(text_width(line, 12) <= max(width, text_width("漢", 12)) for line in lines)


def test_a_large_graph_is_drawn() -> None:
    edges = [{"from": f"n{number // 2}", "to": f"n{number}"} for number in range(1, 1_000)]
    drawn = svg(a_picture(nodes={f"n{number}": {} for number in range(1_000)}, edges=edges), "Large")
    assert drawn.count('class="way usual"') == 999


def test_a_circle_is_drawn_too() -> None:
    assert svg(a_picture("a -> b -> c -> a; c -> c"), "Circle").count('class="way usual"') == 3


@pytest.mark.parametrize(("picture", "workflow"), DRAWN.items(), ids=lambda path: path.stem)
def test_the_drawings_in_the_documentation_are_up_to_date(picture: Path, workflow: Path) -> None:
    assert picture.read_text() == drawing(workflow), "run `python -m docs.generate`"
