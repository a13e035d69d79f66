"""A template's workflow as a new one: its own slug and name, and its parameters among the constants."""

import copy
import re
from typing import Any

import orjson

from interpreter.document.json import scan as scan_json
from interpreter.document.yaml import scan as scan_yaml
from interpreter.problems import Problem
from plait.errors import Invalid
from plait.templates.model import Template
from plait.testing.dump import to_yaml
from plait.values.inputs import fill_defaults
from plait.values.schema import compiled


def copy_of(template: Template, slug: str, name: str | None, given: dict[str, Any]) -> bytes:
    """The copy's source, of the template's media type. YAML keeps its comments where its layout allows that.

    Raises Invalid where a parameter is missing, unknown, or not of its type.
    """
    chosen = checked(template, given)
    scan = scan_yaml if template.media_type == "application/yaml" else scan_json
    value: Any = scan(template.source).value
    wanted = {**value, "slug": slug, "vars": {**value.get("vars", {}), **chosen}}
    if name is not None:
        wanted["name"] = name
    if template.media_type == "application/json":
        return orjson.dumps(wanted, option=orjson.OPT_INDENT_2)
    edited = edit(template.source, {key: wanted[key] for key in ("slug", "name", "vars") if key in wanted})
    return (edited if scan_yaml(edited).value == wanted else to_yaml(wanted)).encode()


def checked(template: Template, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters with their defaults, held against their schema."""
    schema = {"additionalProperties": False, **template.parameters}
    filled = fill_defaults(schema, copy.deepcopy(given), schema)
    if violations := compiled(schema).violations(filled):
        problems = [Problem("request_invalid", each.message, ("parameters", *each.path)) for each in violations]
        raise Invalid(f"The parameters do not fit the template: {violations[0]}.", problems=problems)
    return filled


def edit(source: str, fields: dict[str, Any]) -> str:
    """The YAML text with these keys of its top level said anew; a key that it has not follows the slug."""
    for key, value in fields.items():
        said = to_yaml({key: value})
        block = re.compile(rf"^{key}:.*\n(?:[ \t]+.*\n|[ \t]*\n(?=[ \t]))*", re.MULTILINE)
        if block.search(source):
            source = block.sub(lambda _, said=said: said, source, count=1)
        else:
            source = re.sub(
                r"^(slug:.*\n)", lambda found, said=said: found[0] + said, source, count=1, flags=re.MULTILINE
            )
    return source
