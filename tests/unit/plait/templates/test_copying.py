"""Copies of templates: their own names, parameters of their types, and comments where they can stay."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.document.json import scan as scan_json
from interpreter.document.read import MediaType
from interpreter.document.yaml import scan
from plait.errors import Invalid
from plait.templates import Template, check_parameters, copy_of

SOURCE = """\
# What it is for.
plait: 1
slug: triage
# Who works on it.
vars:
  team: support   # the default

  limit: 3
nodes:
  - id: greet
    type: transform
    with: {value: "{{ vars.team }}"}
"""
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "required": ["team"],
    "properties": {"team": {"type": "string"}, "limit": {"type": "integer", "default": 5}},
}
TRIAGE = Template("triage", "Triage", "", (), PARAMETERS, SOURCE, "application/yaml", "stored")


def read(template: Template, *said: Any) -> Any:
    scanned = scan if template.media_type == "application/yaml" else scan_json
    return scanned(copy_of(template, *said).decode()).value


def test_a_copy_has_its_own_names_and_its_parameters_among_the_constants() -> None:
    copied = read(TRIAGE, "ours", "Our triage", {"team": "billing"})
    assert (copied["slug"], copied["name"], copied["vars"]) == ("ours", "Our triage", {"team": "billing", "limit": 5})
    assert copied["nodes"] == scan(SOURCE).value["nodes"]


def test_a_copy_keeps_the_comments_of_the_template() -> None:
    copied = copy_of(TRIAGE, "ours", None, {"team": "billing"}).decode()
    assert copied.startswith("# What it is for.\nplait: 1\nslug: ours\n# Who works on it.\nvars:\n")


def test_a_layout_that_cannot_be_edited_is_written_anew() -> None:
    flow = replace(TRIAGE, source="{plait: 1, slug: triage, vars: {team: a, limit: 1}, nodes: []}")
    assert read(flow, "ours", "Ours", {"team": "b"}) == {
        "plait": 1, "slug": "ours", "vars": {"team": "b", "limit": 5}, "nodes": [], "name": "Ours",
    }  # fmt: skip


def test_a_template_in_json_gives_a_copy_in_json() -> None:
    stored = replace(TRIAGE, source='{"plait": 1, "slug": "triage", "nodes": []}', media_type="application/json")
    assert read(stored, "ours", None, {"team": "b"})["vars"] == {"team": "b", "limit": 5}


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({}, ("parameters",)),
        ({"team": 7}, ("parameters", "team")),
        ({"team": "a", "limit": "many"}, ("parameters", "limit")),
        ({"team": "a", "tema": "b"}, ("parameters",)),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(parameters: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        copy_of(TRIAGE, "ours", None, parameters)
    assert refused.value.problems[0].path == path


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_parameter_says_is_a_constant_and_nothing_else(team: str, name: str) -> None:
    copied = read(TRIAGE, "ours", name or None, {"team": team})
    assert copied["vars"]["team"] == team
    assert copied.keys() - {"name"} == scan(SOURCE).value.keys()


@pytest.mark.parametrize(
    ("parameters", "code", "path"),
    [
        ({"type": "object", "properties": {"other": {}}}, "unknown_parameter", ("parameters", "properties", "other")),
        ({"type": "string"}, "invalid_schema", ("parameters",)),
        ({"type": "thing"}, "invalid_schema", ("parameters",)),
    ],
)
def test_what_is_wrong_with_parameters_is_told(parameters: dict[str, Any], code: str, path: tuple[str, ...]) -> None:
    media_type: MediaType = "application/yaml"
    assert [(each.code, each.path) for each in check_parameters(parameters, SOURCE, media_type)] == [(code, path)]
