"""The schema for editors, held against the compiler and against what must not pass."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.catalogue import NODE_TYPES
from activities.tools.registry import ToolRegistry
from docs.generate import LANGUAGE, SCHEMA
from docs.patterns import PATTERNS
from interpreter.catalogue import Catalogue, Tool
from interpreter.document import yaml
from interpreter.document.read import read_document
from interpreter.plan.compile import compile_document
from interpreter.problems import PathPart
from plait.language.schema import schema_text, workflow_schema
from plait.language.words import FIELDS, PARAMETERS
from plait.values.schema import Schema
from tests.unit.plait.language.rich import RICH, changed

ROOT = Path(__file__).parents[4]
KNOWN = Catalogue(node_types=dict(NODE_TYPES), tools=ToolRegistry.load("").catalogue())
LIVE = Schema(workflow_schema(KNOWN))
STORED = Schema(json.loads(SCHEMA.read_text()))
FETCH, ROUTE, ASK, EACH, AGAIN = (("nodes", place) for place in (0, 2, 3, 5, 6))


def compiles(document: Any) -> bool:
    reading = read_document(json.dumps(document), "application/json")
    return reading.document is not None and not compile_document(reading.document, KNOWN).problems


def test_the_stored_schema_is_up_to_date() -> None:
    assert SCHEMA.read_bytes() == schema_text(LANGUAGE), "run `python -m docs.generate`"


def test_it_is_a_schema_of_draft_2020_12_and_leads_nowhere_else() -> None:
    schema = workflow_schema(KNOWN)
    jsonschema_rs.meta.validate(cast("Any", schema))
    assert all(ref.startswith("#/$defs/") for ref in values_of(schema, "$ref"))


def values_of(schema: Any, word: str) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get(word), str):
            yield schema[word]
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from values_of(part, word)


EXAMPLES = [*sorted((ROOT / "examples").glob("*/workflow.yaml")), *PATTERNS.values()]
WORKFLOWS = [*EXAMPLES, *sorted((ROOT / "plait/templates").glob("*/workflow.yaml"))]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_and_templates_are_valid(path: Path) -> None:
    assert STORED.violations(yaml.scan(path.read_text()).value) == ()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_first_line_of_an_example_leads_editors_to_the_schema(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    assert (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve() == SCHEMA


def test_a_document_with_everything_in_it_is_valid() -> None:
    assert compiles(RICH)
    assert STORED.violations(RICH) == ()
    assert LIVE.violations(RICH) == ()


WRONG: list[tuple[tuple[PathPart, ...], Any]] = [
    (("plait",), 2),
    (("slug",), ...),
    (("slug",), "Not A Slug"),
    (("colour",), "red"),
    (("nodes",), []),
    (("nodes",), ...),
    (("chain",), [{"id": "a", "type": "parallel"}]),
    (("deadline",), "soon"),
    (("deadline",), -1),
    (("priority",), 9),
    (("tags",), "a"),
    (("budget", "tokens"), "many"),
    (("budget", "euros"), 1),
    (("concurrency", "when_full"), "wait"),
    (("env", "REGION", "type"), "text"),
    (("defaults", "retry", "max_attempts"), 0),
    ((*FETCH, "id"), "Fetch"),
    ((*FETCH, "id"), "loop"),
    ((*FETCH, "id"), ...),
    ((*FETCH, "type"), "http"),
    ((*FETCH, "typ"), "http_request"),
    ((*FETCH, "timeout"), "10 minutes"),
    ((*FETCH, "timeout"), 0),
    ((*FETCH, "on_error"), "ignore"),
    ((*FETCH, "with"), ...),
    ((*FETCH, "with", "url"), ...),
    ((*FETCH, "with", "method"), "FETCH"),
    ((*FETCH, "with", "headers"), "none"),
    ((*FETCH, "with", "uri"), "https://example.org"),
    ((*FETCH, "retry", "max_attempts"), 0),
    ((*FETCH, "retry", "times"), 1),
    ((*FETCH, "compensate"), {"type": "transform", "with": {"value": 1}}),
    ((*FETCH, "compensate"), {"type": "http_request", "with": {}}),
    ((*ROUTE, "retry"), {"max_attempts": 2}),
    ((*ROUTE, "timeout"), "5s"),
    ((*ROUTE, "join", "mode"), "some"),
    ((*ROUTE, "with", "cases"), []),
    ((*ROUTE, "with", "cases", 0, "if"), "true"),
    ((*ROUTE, "with", "cases", 0, "when"), ...),
    ((*ROUTE, "with", "default"), "Poor"),
    ((*ASK, "with", "title"), ...),
    ((*ASK, "with", "approvers"), ["legal"]),
    ((*ASK, "with", "quorum"), 0),
    ((*ASK, "with", "form"), "{{ input.form }}"),
    ((*ASK, "with", "allow_self_approval"), "yes"),
    ((*ASK, "with", "remind_after"), "tomorrow"),
    (("nodes", 4, "with", "for"), "a while"),
    (("nodes", 4, "with"), {}),
    ((*EACH, "with", "items"), ...),
    ((*EACH, "with", "on_item_error"), "ignore"),
    ((*EACH, "with", "nodes"), []),
    ((*EACH, "with", "chain"), [{"id": "x", "type": "parallel"}]),
    ((*EACH, "with", "nodes", 0, "type"), "transfrm"),
    ((*EACH, "with", "nodes", 0, "type"), []),
    ((*EACH, "with", "nodes", 0, "with", "valu"), 1),
    ((*EACH, "with", "edges", 0, "to"), ...),
    ((*AGAIN, "with", "max_iterations"), ...),
    ((*AGAIN, "with", "output"), ...),
    ((*AGAIN, "with", "chain", 0, "id"), "Step"),
    (("edges", 0, "from"), ...),
    (("edges", 0, "if"), "true"),
    (("edges", 3, "on"), []),
    (("edges", 3, "on"), True),
]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=lambda part: str(part)[:60])
def test_what_is_wrong_is_not_valid(path: tuple[PathPart, ...], value: Any) -> None:
    document = changed(path, value)
    assert not compiles(document)
    assert not STORED.accepts(document)


VALUES = st.sampled_from(
    [None, True, 0, 1, 2.5, -1, "", "x", "{{ vars.limit }}", "5s", "success", [], ["x"], {}, {"a": 1}, ...]
)


def paths_in(value: Any, path: tuple[PathPart, ...] = ()) -> Iterator[tuple[PathPart, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from paths_in(each, (*path, key))


@given(st.sampled_from(list(paths_in({**RICH, "plait": ...}))[1:]), VALUES)
def test_whatever_compiles_is_valid(path: tuple[PathPart, ...], value: Any) -> None:
    document = changed(path, value)
    if compiles(document):
        assert STORED.violations(document) == ()
        assert LIVE.violations(document) == ()


def test_every_field_has_words_that_an_editor_shows() -> None:
    schema = workflow_schema(KNOWN)
    for kind, words in FIELDS.items():
        assert words.keys() == {field.alias or name for name, field in kind.model_fields.items()}, kind.__name__
    for name, part in schema["$defs"].items():
        if not name.startswith("args."):
            for field, said in part["properties"].items():
                assert said.get("description"), f"{name}.{field}"
    assert {kind for kind, _ in PARAMETERS} <= NODE_TYPES.keys()


TOOL = Tool(
    name="book",
    description="Books a room.",
    parameters={
        "type": "object",
        "required": ["room", "days"],
        "properties": {
            "room": {"$ref": "#/$defs/room"},
            "days": {"type": "array", "items": {"type": "integer"}},
            "kind": {"oneOf": [{"const": "small"}, {"const": "large"}]},
        },
        "additionalProperties": False,
        "$defs": {"room": {"type": "object", "properties": {"number": {"type": "integer"}}}},
    },
)


def called(**args: Any) -> dict[str, Any]:
    return {
        "plait": 1,
        "slug": "x",
        "nodes": [{"id": "a", "type": "tool_call", "with": {"tool": "book", "args": args}}],
    }


@pytest.mark.parametrize(
    ("args", "fits"),
    [
        ({"room": {"number": 1}, "days": [1, 2]}, True),
        ({"room": {"number": "{{ input.n }}"}, "days": "{{ input.days }}"}, True),
        ({"room": "{{ input.room }}", "days": [1, "{{ input.day }}"], "kind": "{{ input.kind }}"}, True),
        ({"room": {"number": "one"}, "days": []}, False),
        ({"room": {"number": 1}, "days": ["one"]}, False),
        ({"room": {"number": 1}}, False),
        ({"room": {"number": 1}, "days": [], "kind": "medium"}, False),
        ({"room": {"number": 1}, "days": [], "colour": "red"}, False),
    ],
)
def test_arguments_fit_the_tool_or_are_templates(args: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    schema = Schema(workflow_schema(Catalogue(node_types=dict(NODE_TYPES), tools={"book": TOOL})))
    assert schema.accepts(called(**args)) == fits
    assert STORED.accepts(called(**args))


def test_only_tools_that_are_offered_are_valid_where_they_are_known() -> None:
    document = {"plait": 1, "slug": "x", "nodes": [{"id": "a", "type": "tool_call", "with": {"tool": "nobody"}}]}
    assert STORED.accepts(document)
    assert not LIVE.accepts(document)
