"""What `plait diff` shows of two documents: each change on a line, with what was and what will be."""

from typing import Any

from api.workflows.diff import compare
from plait.cli.authoring.documents import LocalWorkflow
from plait.cli.authoring.sources import Source
from plait.cli.projects.diff import Compared, as_data, changes_in, leaves, lines_of
from tests.support.documents import a_document_json


def local(document: dict[str, Any]) -> LocalWorkflow:
    return LocalWorkflow(Source("flows/example.yaml", b"", "application/yaml"), "example", document)


def said(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return list(changes_in(compare(before, after, (1, 2)), after))


def test_nodes_and_edges_that_came_and_went_are_named() -> None:
    before, after = a_document_json("a -> b"), a_document_json("a -[success, error]-> c")
    assert said(before, after) == [
        "  [green]+ node c[/] (tool_call)",
        "  [red]- node b[/]",
        "  [green]+ edge[/] a -> c on success, error",
        "  [red]- edge[/] a -> b",
    ]


def test_a_node_that_changed_shows_its_smallest_parts() -> None:
    before = a_document_json("a", nodes={"a": {"with": {"tool": "work", "args": {"x": [1, 2], "gone": "old"}}}})
    after = a_document_json("a", nodes={"a": {"with": {"tool": "work", "args": {"x": [1, 3], "new": None}}}})
    assert said(before, after) == [
        "  [yellow]~ node a[/]",
        "      with.args.x[1]: 2 -> 3",
        '      with.args.gone: "old" [red](gone)[/]',
        "      with.args.new: null [green](new)[/]",
    ]


def test_the_fields_of_the_document_and_the_order_of_its_nodes_are_told() -> None:
    before, after = a_document_json("a; b", vars={"limit": 1}), a_document_json("b; a", vars={"limit": 2})
    assert said(before, after) == ["  [yellow]~ the order of the nodes[/]", "  [yellow]~[/] vars.limit: 1 -> 2"]


def test_what_users_wrote_is_no_markup_and_is_cut_to_a_line() -> None:
    line = said(a_document_json("a", name="[red]"), a_document_json("a", name="x" * 100))[0]
    assert line.startswith(r'  [yellow]~[/] name: "\[red]" -> "xxx')
    assert line.endswith("x…")


def test_equal_values_have_no_leaves_whatever_their_order() -> None:
    assert list(leaves({"a": 1, "b": [1]}, {"b": [1], "a": 1})) == []


def test_what_is_new_and_what_is_the_same_is_told_in_a_word() -> None:
    document = a_document_json("a")
    new, same = Compared(local(document), None, None), Compared(local(document), 3, None)
    assert (list(lines_of(new)), list(lines_of(same))) == (["[bold]example[/] is new: flows/example.yaml"], [])
    assert [as_data(each)["status"] for each in (new, same)] == ["new", "unchanged"]
