"""What a message underlines, in YAML and in JSON."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from interpreter.document.read import read_document
from interpreter.document.spans import Span, Spans
from interpreter.problems import PathPart, Problem

BLOCK = """\
nodes:
  - id: loop_1
    with:
      nodes:
        - {id: inner, when: nodes.c.output, "on": [good, "bad one"]}
    text: |
      several
      lines
  - [x,
     y]
"""


def underlined(text: str, path: tuple[PathPart, ...], code: str = "wrong_value", message: str = "") -> str:
    """What is underlined for a problem at a path, as the reader places it."""
    media_type = "application/json" if text.startswith("{") else "application/yaml"
    problem = read_document(text, media_type).positions.locate(Problem(code, message, path))
    spans = Spans(text, media_type)
    span = spans.of(problem)
    assert span is not None
    return spans.lines[span.line - 1][span.column - 1 :][: span.length]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("nodes", 0, "id"), "loop_1"),
        (("nodes", 0, "with", "nodes", 0, "when"), "nodes.c.output"),
        (("nodes", 0, "with", "nodes", 0, "on", 1), '"bad one"'),
        (("nodes", 0, "with", "nodes", 0), '{id: inner, when: nodes.c.output, "on": [good, "bad one"]}'),
        (("nodes", 0, "with"), "with"),
        (("nodes", 0, "text"), "text"),
        (("nodes", 0), "id: loop_1"),
        (("nodes", 1), "[x,"),
        (("nodes", 1, 1), "y"),
        (("nodes", 0, "with", "nodes", 0, "missing"), '{id: inner, when: nodes.c.output, "on": [good, "bad one"]}'),
        (("absent",), "nodes:"),
    ],
)
def test_a_value_in_yaml_is_underlined_at_any_depth(path: tuple[PathPart, ...], found: str) -> None:
    assert underlined(BLOCK, path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("a", "b", 1), '"x\\n"'),
        (("a", "b"), '[1, "x\\n", true]'),
        (("a", "c"), "{}"),
        (("a",), '"a"'),
        (("a", "z"), '"a"'),
    ],
)
def test_a_value_in_json_is_underlined_at_any_depth(path: tuple[PathPart, ...], found: str) -> None:
    assert underlined('{"a": {"b": [1, "x\\n", true],\n "c": {}}, "d": -5}', path) == found


def test_an_unknown_field_is_underlined_at_its_name() -> None:
    assert underlined("colour: red\n", ("colour",), "unknown_field", "there is no field `colour` here") == "colour"
    assert underlined("value: red\n", ("value",), "unknown_field", "`nodes.a.output.x` is not declared") == "red"


@pytest.mark.parametrize(
    ("text", "message", "found"),
    [
        ('when: "inpt.x > 1"\n', "There is no `inpt` here.", "inpt"),
        ("when: a.b + b\n", "There is no node `b`.", "a.b + b"),
        ('when: "1 +"\n', "The expression ends too early (at character 4).", '"'),
        ("when: 1 + )\n", "The expression is odd (at character 5).", ")"),
    ],
)
def test_the_part_that_a_message_names_is_underlined_alone(text: str, message: str, found: str) -> None:
    assert underlined(text, ("when",), "expression", message) == found


def test_a_key_that_stands_twice_is_underlined_where_it_stands_again() -> None:
    text = "a: 1\nbb: 2\na: 3\n"
    (problem,) = read_document(text, "application/yaml").problems
    assert Spans(text, "application/yaml").of(problem) == Span(3, 1, 1)


@pytest.mark.parametrize(
    ("text", "media_type"),
    [("a: [1,\nb: }\n", "application/yaml"), ('{"a": 1,}', "application/json"), ("a: *x\n", "application/yaml")],
)
def test_text_with_broken_syntax_is_underlined_where_it_breaks(text: str, media_type: Any) -> None:
    problem = read_document(text, media_type).problems[0]
    span = Spans(text, media_type).of(problem)
    assert span is not None
    assert (span.line, span.column) == (problem.line, problem.column)


def test_a_key_whose_value_cannot_be_read_is_underlined_itself() -> None:
    assert Spans("alpha: [", "application/yaml").of(Problem("x", "", ("alpha",), line=1, column=1)) == Span(1, 1, 5)


def test_a_problem_of_the_whole_text_has_no_place() -> None:
    assert Spans("a: 1\n", "application/yaml").of(Problem("document_too_large", "")) is None


def test_a_place_behind_the_text_is_one_character() -> None:
    assert Spans("", "application/json").of(Problem("invalid_json", "", line=1, column=None)) == Span(1, 1, 1)
    assert Spans("", "application/yaml").of(Problem("invalid_yaml", "", line=3, column=2)) == Span(3, 2, 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.text("ab é\U0001f600'\"#:-{}", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc é", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def paths_in(value: Any, path: tuple[PathPart, ...] = ()) -> list[tuple[tuple[PathPart, ...], Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for key, each in inner for found in paths_in(each, (*path, key)))]


@given(VALUES, st.sampled_from([None, 1]))
def test_what_is_underlined_in_json_is_the_value_itself(value: Any, indent: int | None) -> None:
    text = json.dumps({"top": value}, ensure_ascii=False, indent=indent)
    for path, each in paths_in({"top": value}):
        if path and not isinstance(each, dict | list):
            assert json.loads(underlined(text, path)) == each


@given(VALUES, st.sampled_from([None, True, False]))
def test_what_is_underlined_in_yaml_is_the_value_itself(value: Any, flow: Any) -> None:
    text = "# a comment\n" + yaml.dump({"top": value}, allow_unicode=True, default_flow_style=flow, width=10_000)
    for path, each in paths_in({"top": value}):
        if path and not isinstance(each, dict | list):
            assert yaml.safe_load(underlined(text, path)) == each
