"""The templates that come with Plait: each compiles, is tested, and says its parameters as its constants do."""

from pathlib import Path
from typing import Any

import pytest

from interpreter.document.read import read_document
from plait import templates
from plait.templates import Template, check_parameters, copy_of, shipped
from plait.values.inputs import fill_defaults
from plait.values.schema import compiled

HOME = Path(templates.__path__[0])
each = pytest.mark.parametrize("template", shipped().values(), ids=lambda template: template.slug)


def test_the_shipped_set_covers_what_teams_begin_with() -> None:
    assert set(shipped()) == {
        "approval", "chain", "compliance-check", "content-pipeline", "document-extraction", "feed-discovery",
        "financial-review", "http", "market-report", "support-triage",
    }  # fmt: skip


@each
def test_a_template_has_tests_of_its_own(template: Template) -> None:
    assert (HOME / template.slug / "workflow.test.yaml").is_file()


@each
def test_every_parameter_is_a_constant_whose_value_is_the_default(template: Template) -> None:
    assert list(check_parameters(template.parameters, template.source, template.media_type)) == []
    document = read_document(template.source, template.media_type).document
    assert document is not None
    defaults: Any = fill_defaults(template.parameters, {}, template.parameters)
    assert compiled(template.parameters).violations(defaults) == ()
    assert {name: document.vars[name] for name in defaults} == defaults
    assert defaults.keys() == document.vars.keys()


@each
def test_a_copy_keeps_what_the_template_explains(template: Template) -> None:
    copied = copy_of(template, "a-copy", "A copy", {}).decode()
    assert copied.splitlines()[0] == template.source.splitlines()[0]
    assert template.source.startswith("#")
