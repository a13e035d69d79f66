"""Which of the paths that a script names is meant for an instance of a node."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.simulate.patterns import best, names_of, node_in
from tests.support.documents import a_node, a_plan

DEEP = "each.3.refine~2.draft"


def choose(patterns: str, path: str, node: str) -> str | None:
    return best({name: name for name in patterns.split()}, path, node)


@pytest.mark.parametrize(
    ("patterns", "path", "chosen"),
    [
        ("draft", "draft", "draft"),
        ("draft", "each.3.draft", "draft"),
        ("* draft", "each.3.draft", "draft"),
        ("*", "each.3.draft", "*"),
        ("each.*.draft draft", "each.3.draft", "each.*.draft"),
        ("each.*.draft each.3.draft", "each.3.draft", "each.3.draft"),
        ("each.*.draft each.3.draft", "each.33.draft", "each.*.draft"),
        ("refine~*.draft refine~2.draft", "refine~2.draft", "refine~2.draft"),
        ("refine~*.draft refine~2.draft", "refine~12.draft", "refine~*.draft"),
        ("each.*.refine~*.draft each.3.refine~*.draft", DEEP, "each.3.refine~*.draft"),
        ("each.*.refine~2.draft each.3.refine~*.draft", DEEP, "each.3.refine~*.draft"),
        ("each.*.refine~2.draft each.*.refine~*.draft", DEEP, "each.*.refine~2.draft"),
        ("each.4.draft other", "each.3.draft", None),
    ],
)
def test_the_most_exact_pattern_wins(patterns: str, path: str, chosen: str | None) -> None:
    assert choose(patterns, path, "draft") == chosen


def test_a_compensation_is_not_meant_by_what_it_undoes() -> None:
    assert choose("publish", "publish~undo", "publish") is None
    assert choose("publish publish~undo", "each.3.publish~undo", "publish") == "publish~undo"


def test_what_is_scripted_as_null_is_found() -> None:
    assert best({"draft": 0, "*": 1}, "draft", "draft") == 0


@given(st.lists(st.tuples(st.sampled_from(["a.", "b~"]), st.integers(0, 99)), max_size=6))
def test_each_way_to_put_stars_is_tried_once_the_fewest_first(regions: list[tuple[str, int]]) -> None:
    path = ".".join([*(f"{region}{place}" for region, place in regions), "node"])
    names = list(names_of(path, "id"))
    ways = {
        ".".join([*(f"{region}{mark}" for (region, _), mark in zip(regions, way, strict=True)), "node"])
        for way in product(*(("*", str(place)) for _, place in regions))
    }
    assert (set(names[:-2]), len(names)) == (ways, len(ways) + 2)
    assert names[-2:] == ["id", "*"]
    assert [name.count("*") for name in names[:-2]] == sorted(name.count("*") for name in names[:-2])


LOOP = {"max_iterations": 3, "until": "true", "output": "{{ 1 }}", "nodes": [a_node("draft")]}
MAP = {"items": "{{ [1] }}", "nodes": [a_node("refine", type="loop", **{"with": LOOP})]}
NESTED = a_plan("first -> each", nodes={"each": {"type": "map", "with": MAP}})


@pytest.mark.parametrize(
    "pattern", ["draft", "each.*.refine~*.draft", "each.3.refine~*.draft", "each.3.refine~2.draft", "draft~undo"]
)
def test_a_pattern_leads_to_its_node_through_the_bodies_around_it(pattern: str) -> None:
    node = node_in(NESTED, pattern)
    assert node is not None
    assert node.id == "draft"


@pytest.mark.parametrize(
    "pattern",
    ["drafts", "each.*.draft", "each~1.refine~2.draft", "refine~2.draft", "each.x.refine~2.draft", "each.3", "*"],
)
def test_a_pattern_of_no_path_leads_nowhere(pattern: str) -> None:
    assert node_in(NESTED, pattern) is None
