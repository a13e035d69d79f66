"""Arguments written by OpenAPI's rules: the examples of its specification, and whatever else, read back."""

from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.tools.styles import Style, Written, in_header, in_path, in_query

COLOURS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["a,b", "a b", "a|b", "x=y", "x&y", "[0]", ";", "%2C", "."]
)
MEMBERS = st.lists(TEXT, min_size=1, max_size=4)
NAMED = st.dictionaries(TEXT, TEXT, min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("style", "explode", "of_a_text", "of_a_list", "of_an_object"),
    [
        ("matrix", False, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
        ("matrix", True, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
        ("label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        ("label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        ("simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        ("simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ],
)
def test_a_path_is_written_as_the_specification_shows(
    style: Style, of_a_text: str, of_a_list: str, of_an_object: str, *, explode: bool
) -> None:
    written = Written(style=style, explode=explode)
    assert in_path("color", "blue", written) == of_a_text
    assert in_path("color", COLOURS, written) == of_a_list
    assert in_path("color", RGB, written) == of_an_object


@pytest.mark.parametrize(
    ("style", "explode", "of_a_list", "of_an_object"),
    [
        ("form", False, "color=blue,black,brown", "color=R,100,G,200,B,150"),
        ("form", True, "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
        ("spaceDelimited", False, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
        ("pipeDelimited", False, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
        (
            "deepObject",
            True,
            "color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown",
            "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
        ),
    ],
)
def test_a_query_is_written_as_the_specification_shows(
    style: Style, of_a_list: str, of_an_object: str, *, explode: bool
) -> None:
    written = Written(style=style, explode=explode)
    assert "&".join(in_query("color", COLOURS, written)) == of_a_list
    assert "&".join(in_query("color", RGB, written)) == of_an_object
    assert in_query("color", "blue", written) == ["color=blue"]
    assert in_query("color", None, written) == []


def test_headers_are_lists_of_texts() -> None:
    assert in_header(COLOURS, Written(style="simple", explode=False)) == "blue,black,brown"
    assert in_header(RGB, Written(style="simple")) == "R=100,G=200,B=150"
    assert in_header([], Written(style="simple")) is None
    assert in_header(RGB, Written(style="json")) == '{"B":150,"G":200,"R":100}'


@given(MEMBERS, st.sampled_from([("form", ","), ("spaceDelimited", "%20"), ("pipeDelimited", "%7C")]))
def test_whoever_splits_before_decoding_gets_each_text_back_whatever_is_in_it(
    members: list[str], how: tuple[Style, str]
) -> None:
    style, delimiter = how
    (pair,) = in_query("n", members, Written(style=style, explode=False))
    if delimiter == "," or not any(unquote(delimiter) in each for each in members):
        assert [unquote(each) for each in pair.removeprefix("n=").split(delimiter)] == members


@given(MEMBERS | NAMED)
def test_exploded_members_are_read_back_whatever_is_in_them(value: Any) -> None:
    query = "&".join(in_query("n", value, Written(style="form")))
    pairs = parse_qsl(query, keep_blank_values=True)
    assert pairs == ([("n", each) for each in value] if isinstance(value, list) else list(value.items()))


@given(
    st.recursive(
        TEXT,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(st.text("abc", min_size=1), inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_a_deep_object_is_read_back_as_servers_read_it(value: Any) -> None:
    query = "&".join(in_query("n", value, Written(style="deepObject")))
    found: dict[str, Any] = {}
    for key, text in parse_qsl(query, keep_blank_values=True):
        *parents, last = key.replace("]", "").split("[")
        place = found
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = text
    assert found == {"n": without_lists(value)}


def without_lists(value: Any) -> Any:
    match value:
        case list():
            return {str(index): without_lists(each) for index, each in enumerate(value)}
        case dict():
            return {name: without_lists(each) for name, each in value.items()}
        case _:
            return value
