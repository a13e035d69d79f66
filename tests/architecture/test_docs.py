"""What the documentation says, held against the code that it speaks of."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from activities.catalogue import NODE_TYPES
from activities.tools.registry import ToolRegistry
from docs.generate import filled
from docs.patterns import PATTERNS
from interpreter.catalogue import Catalogue, Tool
from interpreter.document.model import Document, Edge, Node, Retry
from interpreter.document.read import read_document
from interpreter.plan.compile import compile_document

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.md")], key=lambda path: path.as_posix()
)
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SOURCES = ("activities", "api", "interpreter", "plait", "plait/cli", "worker")
PLACE = re.compile(r"`((?:activities|api|benchmarks|docs|examples|interpreter|plait|tests|worker)/[\w./*-]*)`")
MAPPED = re.compile(r"\b[a-z_]+(?:/|\.py\b)")
FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
REPORTERS = {
    "Problem",
    "at_node",
    "at_site",
    "at_edge",
    "_problem",
    "problem",
    "report",
    "Misfit",
    "PydanticCustomError",
    "_warning",
}
FAILURES = {"NodeError", "Failure", "ToolError", "Ending"}
INNER = {"NodeEnded", "RunEnded", "RunDeleted"}
"""What an activity tells the workflow of a node that is over; no run ends with it."""


def reference(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text()


def calls(*folders: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call in the source, with the name of what is called."""
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for part in ast.walk(ast.parse(path.read_text())):
                if isinstance(part, ast.Call):
                    name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
                    yield name, part


def texts(expressions: list[ast.expr]) -> Iterator[str]:
    """The texts that stand in expressions: as they are, and on both sides of a condition."""
    for expression in expressions:
        match expression:
            case ast.Constant(value=str(value)):
                yield value
            case ast.IfExp(body=body, orelse=orelse):
                yield from texts([body, orelse])
            case _:
                pass


def problem_codes() -> set[str]:
    found = {
        text
        for name, call in calls("interpreter", "api/workflows", "plait/money")
        if name in REPORTERS
        for text in texts([*call.args[:2], *(each.value for each in call.keywords if each.arg == "code")])
        if re.fullmatch(r"[a-z]+(_[a-z]+)*", text)
    }
    return found | {"too_many_nodes", "too_many_edges", "expression", "tool_not_running", "node_type_not_running"}


def failure_types() -> set[str]:
    return {
        text
        for name, call in calls("interpreter", "activities", "api")
        if name in FAILURES
        for text in texts([*call.args[:2], *(each.value for each in call.keywords if each.arg == "type")])
        if re.fullmatch(r"([A-Z][a-z]+)+", text)
    } - INNER


@pytest.mark.parametrize("name", NAMES)
def test_the_generated_parts_of_a_page_are_up_to_date(name: str) -> None:
    page = (ROOT / name).read_text()
    assert filled(page) == page, "run `python -m docs.generate`"


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    path = ROOT / name
    for target in LINK.findall(FENCED.sub("", path.read_text())):
        if "://" not in target and not target.startswith("#"):
            assert (path.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name or name.startswith("docs/decisions/")])
def test_every_place_in_the_source_that_a_page_names_is_there(name: str) -> None:
    named = PLACE.findall((ROOT / name).read_text())
    assert [place for place in named if not list(ROOT.glob(place.rstrip("/")))] == []


def test_every_place_on_a_map_of_the_source_is_there() -> None:
    maps = (block["text"] for block in FENCED.finditer((ROOT / "ARCHITECTURE.md").read_text()) if not block["language"])
    places = {place.rstrip("/") for text in maps for place in MAPPED.findall(text)}
    assert {place for place in places if not any((ROOT / base / place).exists() for base in ("", *SOURCES))} == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_no_place_of_one_machine(name: str) -> None:
    found = re.findall(r"(?<![\w:.])/(?:root|home|tmp|work|Users)/\S*|shared/design", (ROOT / name).read_text())
    assert found == []


@pytest.mark.parametrize("path", sorted((DOCS / "images").rglob("*.svg")), ids=lambda path: path.name)
def test_a_picture_names_no_place_of_one_machine(path: Path) -> None:
    assert re.findall(r"/(?:root|home|tmp|work|Users)/\S*", path.read_text()) == []


def test_every_problem_code_is_explained_and_none_besides() -> None:
    explained = {
        code
        for line in reference("problems").splitlines()
        if line.startswith("| `")
        for code in re.findall(r"`([a-z_]+)`", line.split("|")[1])
    }
    api_only = {"slug_invalid", "slug_reserved", "slug_fixed", "unknown_node"}
    assert problem_codes() - api_only == explained - api_only


def test_every_failure_type_is_explained() -> None:
    page = reference("failures")
    assert {kind for kind in failure_types() if f"`{kind}`" not in page} == set()


def test_every_event_type_is_explained() -> None:
    page = reference("events")
    told = {
        text
        for folder in ("interpreter", "activities", "api", "plait/store")
        for path in (ROOT / folder).rglob("*.py")
        for text in re.findall(r'"(workflow\.(?:run|node|gate|edge)\.[a-z]+)"', path.read_text())
    }
    short = {text for text in told if f"`{text}`" not in page and f"`.{text.rpartition('.')[2]}`" not in page}
    assert short - {"workflow.run.blocked"} == set()


@pytest.mark.parametrize("part", [Document, Node, Edge, Retry], ids=lambda part: part.__name__)
def test_every_field_of_a_document_is_explained(part: type[Document | Node | Edge | Retry]) -> None:
    page = reference("document")
    names = {field.alias or name for name, field in part.model_fields.items()}
    assert {name for name in names if f"`{name}`" not in page} == set()


def documents() -> Iterator[tuple[str, str]]:
    for path in PAGES:
        for number, block in enumerate(FENCED.finditer(path.read_text())):
            if block["language"] == "yaml" and block["text"].startswith("plait:"):
                yield f"{path.relative_to(ROOT)} {number}", block["text"]


@pytest.mark.parametrize("text", [text for _, text in documents()], ids=[name for name, _ in documents()])
def test_every_document_in_a_page_compiles(text: str) -> None:
    offered = {**ToolRegistry.load("").catalogue(), "vat": Tool(name="vat"), "weather": Tool(name="weather")}
    reading = read_document(text, "application/yaml")
    assert reading.document is not None, reading.problems
    assert compile_document(reading.document, Catalogue(node_types=dict(NODE_TYPES), tools=offered)).problems == ()


def test_every_pattern_is_told_of_and_says_when_to_use_it() -> None:
    page = (DOCS / "howto" / "patterns.md").read_text()
    assert sorted(re.findall(r"<!-- generated: pattern-([a-z-]+) -->", page)) == list(PATTERNS)
    for name, path in PATTERNS.items():
        _, what, when = path.read_text().splitlines()[:3]
        assert (what.startswith("# "), when.startswith("# Use it ")) == (True, True), name


def test_every_page_is_in_the_table_of_contents() -> None:
    def pages(part: object) -> Iterator[str]:
        match part:
            case str():
                yield part
            case dict():
                for inner in part.values():
                    yield from pages(inner)
            case list():
                for inner in part:
                    yield from pages(inner)
            case _:
                pass

    listed = set(pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]))
    decisions = {f"decisions/{name}" for name in LINK.findall((DOCS / "decisions" / "index.md").read_text())}
    assert listed | decisions == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
