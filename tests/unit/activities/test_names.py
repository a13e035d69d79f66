"""What expressions are given is what they read, by the names of where they stand."""

import pytest

from activities.shell.names import View, node_of, wanted_in
from interpreter.expressions import parse
from interpreter.shell.wire import Instance, Source


@pytest.mark.parametrize(
    ("path", "node"),
    [
        ("a", "a"),
        ("each.3.a", "a"),
        ("each.3", "3"),
        ("refine~2", "refine"),
        ("each.3.refine~2.a", "a"),
        ("a~undo", "a"),
    ],
)
def test_a_path_ends_with_the_id_of_its_node(path: str, node: str) -> None:
    assert node_of(path) == node


def test_values_of_nodes_are_wanted_by_node_and_value() -> None:
    wanted = wanted_in([parse("nodes.a.output.x + size(nodes.b.input)")])
    assert wanted.reads("a", "output")
    assert wanted.reads("b", "input")
    assert not wanted.reads("b", "output")


def test_what_arrived_may_be_any_node_s_output() -> None:
    assert wanted_in([parse("arrived[0].output")]).reads("any", "output")


def test_names_are_wanted_where_an_expression_begins_with_them() -> None:
    wanted = wanted_in([parse("item.price > vars.limit"), parse("prev")])
    assert {"item", "vars", "prev"} <= wanted.names
    assert "index" not in wanted.names


def view(*instances: Instance) -> View:
    reads = [Source("first", 1, "completed"), Source("each.3.before", 1, "completed")]
    return View("default", {}, {}, reads, instances=list(instances))


def test_the_innermost_loop_is_the_one_whose_laps_count() -> None:
    outer, inner = Instance("loop", "outer", "outer", 2, 3), Instance("loop", "inner", "outer~3.inner", 2, 2)
    assert view(outer, Instance("map", "each", "outer~3.each", 2, 0), inner).lap == inner
    assert view(inner, outer).rows()[-1] == ("outer~2", 2)


def test_the_first_lap_reads_what_its_loop_began_with() -> None:
    assert view(Instance("loop", "refine", "refine", 4, 1)).rows()[-1] == ("refine", 4)
    assert view().rows() == [("first", 1), ("each.3.before", 1)]
