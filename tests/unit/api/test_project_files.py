"""A project as files: what is written is read back as it was, and everything that is wrong is said with its file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.projects.export import file_in
from api.projects.state import (
    EnvironmentState,
    Project,
    Settings,
    Source,
    TemplateSaid,
    TemplateState,
    WorkflowState,
    files_of,
    project_in,
)
from api.workflows.compiler import MediaType
from plait.errors import Invalid

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40)
SLUG = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)
VARIABLE = st.from_regex(r"[A-Z_][A-Z0-9_]{0,6}", fullmatch=True)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
VALUES = st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
ENVIRONMENTS = st.builds(
    EnvironmentState,
    follows_newest=st.booleans(),
    protected=st.booleans(),
    approvers=st.lists(TEXT, min_size=1, max_size=2),
    variables=st.dictionaries(VARIABLE, VALUES, max_size=3),
)


SCHEDULES = st.fixed_dictionaries(
    {
        "name": TEXT.filter(bool),
        "input": JSON,
        "tags": st.lists(TEXT.filter(bool), max_size=2),
        "paused": st.booleans(),
    },
    optional={"start_at": st.just("2026-11-21T09:12:00.000000Z"), "note": st.none() | TEXT},
).flatmap(lambda said: st.sampled_from([{**said, "cron": "0 9 * * mon-fri"}, {**said, "every": 3600, "offset": 60}]))


KINDS: st.SearchStrategy[MediaType] = st.sampled_from(["application/yaml", "application/json"])


@st.composite
def workflows(draw: st.DrawFn, slug: str) -> WorkflowState:
    newest = draw(st.integers(1, 9))
    older = draw(st.sets(st.integers(1, newest - 1), max_size=2)) if newest > 1 else set[int]()
    settings = Settings(
        version=newest,
        name=draw(TEXT.filter(bool)),
        description=draw(st.none() | TEXT),
        tags=draw(st.lists(TEXT, max_size=2)),
        visibility=draw(st.sampled_from(["project", "private"])),
        enabled=draw(st.booleans()),
        environments=draw(st.dictionaries(SLUG, st.sampled_from(sorted({newest, *older})), max_size=2)),
        layout=draw(st.none() | st.dictionaries(TEXT, JSON, max_size=2)),
    )
    kind = draw(KINDS)

    def source(folder: str, name: str) -> Source:
        return Source(file_in(folder, name, kind), draw(TEXT), kind)

    return WorkflowState(
        slug,
        settings,
        source("workflows", slug),
        {number: source(f"versions/{slug}", str(number)) for number in older},
        draw(st.none() | st.just(source("drafts", slug))),
        draw(st.lists(SCHEDULES, max_size=2)),
    )


@st.composite
def template(draw: st.DrawFn, slug: str) -> TemplateState:
    said = TemplateSaid(
        name=draw(TEXT.filter(bool)),
        description=draw(TEXT),
        tags=draw(st.lists(TEXT, max_size=2)),
        parameters=draw(st.dictionaries(TEXT, JSON, max_size=2)),
    )
    kind = draw(KINDS)
    return TemplateState(said, Source(file_in(f"templates/{slug}", "workflow", kind), draw(TEXT), kind))


@st.composite
def projects(draw: st.DrawFn) -> Project:
    environments = draw(st.dictionaries(SLUG, ENVIRONMENTS, max_size=2))
    slugs, kept = draw(st.sets(SLUG, max_size=3)), draw(st.sets(SLUG, max_size=1))
    return Project(
        environments,
        {slug: draw(workflows(slug)) for slug in sorted(slugs)},
        {slug: draw(template(slug)) for slug in sorted(kept)},
    )


@given(projects())
def test_a_project_that_is_written_and_read_is_written_the_same_again(project: Project) -> None:
    files = files_of(project)
    assert files_of(project_in(files)) == files


def problems_in(**files: str) -> list[tuple[str, Any]]:
    """The codes, and the file of each."""
    named = {"export.yaml": "export: 1\n", **{name: text for name, text in files.items() if text}}
    with pytest.raises(Invalid) as refused:
        project_in({name: text.encode() for name, text in named.items()})
    return [(each.code, each.path[0]) for each in refused.value.problems]


SETTINGS = "version: 2\nname: A\nenvironments: {prod: 1}\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"export.yaml": "export: 2\n"}, ("unknown_form", "export.yaml")),
        ({"environments/a.yaml": "variables: {not-one: 1}\n"}, ("variable_name", "environments/a.yaml")),
        ({"environments/a.yaml": "variables: [\n"}, ("invalid_yaml", "environments/a.yaml")),
        ({"environments/a.yaml": "colour: red\n"}, ("extra_forbidden", "environments/a.yaml")),
        ({"workflows/a.yaml": "a", "workflows/a.json": "{}"}, ("comes_twice", "workflows/a.yaml")),
        ({"versions/a/1.yaml": "a"}, ("settings_missing", "settings/a.yaml")),
        ({"settings/a.yaml": SETTINGS}, ("version_missing", "settings/a.yaml")),
        ({"settings/a.yaml": SETTINGS, "workflows/a.yaml": "a"}, ("version_missing", "settings/a.yaml")),
        (
            {"settings/a.yaml": SETTINGS, "workflows/a.yaml": "a", "versions/a/3.yaml": "a", "versions/a/1.yaml": "a"},
            ("version_missing", "settings/a.yaml"),
        ),
        ({"schedules/a.yaml": "schedules: [{name: x, cron: never}]"}, ("value_error", "schedules/a.yaml")),
        ({"schedules/a.yaml": "schedules: [{name: x, every: 60}]"}, ("settings_missing", "settings/a.yaml")),
        ({"tools/a/listed.json": "[]"}, ("tool_incomplete", "tools/a")),
        ({"tools/a/listed.json": "[nearly"}, ("malformed_json", "tools/a/listed.json")),
        ({"tools/a/tool.yaml": "source: {kind: mcp}"}, ("missing", "tools/a/tool.yaml")),
        ({"templates/a/template.yaml": "name: A\nparameters: {}"}, ("template_incomplete", "templates/a")),
        ({"workflows/a.yaml": "\0"}, ("nul_character", "workflows/a.yaml")),
    ],
)
def test_what_is_wrong_is_said_with_its_file(files: dict[str, str], found: tuple[str, str]) -> None:
    assert found in problems_in(**files)


def test_a_file_without_a_manifest_is_no_export() -> None:
    with pytest.raises(Invalid):
        project_in({"workflows/a.yaml": b"a"})


def test_a_document_that_is_not_utf_8_is_a_problem() -> None:
    with pytest.raises(Invalid, match="has 1 problem;"):
        project_in({"export.yaml": b"export: 1\n", "workflows/a.yaml": b"\xff"})
