"""Which instances run anew in a rerun from some paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.reuse import Fresh, UnknownPath
from tests.support.bodies import each, laps, work
from tests.support.documents import a_plan

BODY = (work("draft", 1), work("score", 2), work("save", 3))
NESTED = a_plan(
    "before -> each -> refine -> after; before -> aside",
    nodes={
        "each": each("input", *BODY),
        "refine": laps("true", work("write", 1), work("check", 2), output="1"),
    },
)


@pytest.mark.parametrize(
    ("chosen", "anew", "kept"),
    [
        ("before", ("before", "each", "each.0.draft", "refine~1.write", "after", "aside"), ()),
        ("aside", ("aside",), ("before", "after", "each.0.draft")),
        ("each", ("each", "each.7", "each.7.save", "refine", "refine~2.check", "after"), ("before", "aside")),
        (
            "each.3.score",
            ("each.3.score", "each.3.save", "refine", "refine~1.write", "after"),
            ("each", "each.3", "each.3.draft", "each.4.score", "each.33.score", "before"),
        ),
        ("each.3", ("each.3", "each.3.draft", "after"), ("each", "each.2.draft")),
        (
            "refine~2.check",
            ("refine~2.check", "refine~3.write", "refine~30", "after"),
            ("refine", "refine~1.check", "refine~2.write", "refine~2", "each.0.draft"),
        ),
        ("refine~2", ("refine~2", "refine~2.write", "refine~4.check"), ("refine~1.write",)),
    ],
)
def test_what_was_chosen_runs_anew_with_all_that_follows_and_nothing_else(
    chosen: str, anew: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    fresh = Fresh.of(NESTED, [chosen])
    assert [path for path in anew if not fresh.covers(path)] == []
    assert [path for path in kept if fresh.covers(path)] == []


def test_several_paths_are_taken_together() -> None:
    fresh = Fresh.of(NESTED, ["aside", "each.1.save"])
    assert [fresh.covers(path) for path in ("aside", "each.1.save", "each.0.save")] == [True, True, False]


def test_without_paths_nothing_runs_anew() -> None:
    assert not Fresh.of(NESTED, []).covers("before")


@pytest.mark.parametrize(
    "path",
    ["", "no", "each.3.no", "each.x", "each.3.score.4", "each~1", "refine.1.write", "refine~x", "before~1", "before.1"],
)
def test_a_path_that_names_nothing_is_refused_by_name(path: str) -> None:
    with pytest.raises(UnknownPath, match="there is no node, item or lap") as refused:
        Fresh.of(NESTED, ["before", path])
    assert refused.value.path == path


@given(st.data())
def test_in_any_graph_exactly_the_nodes_with_a_way_from_a_chosen_one_run_anew(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 9))
    pairs = [(a, b) for b in range(size) for a in range(b)]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14))
    plan = a_plan(
        nodes={f"n{index}": {} for index in range(size)},
        edges=[{"from": f"n{a}", "to": f"n{b}", "on": ["success"]} for a, b in edges],
    )
    chosen = data.draw(st.sets(st.integers(0, size - 1), max_size=3))
    reached = set(chosen)
    for a, b in sorted(edges):
        if a in reached:
            reached.add(b)
    fresh = Fresh.of(plan, [f"n{index}" for index in sorted(chosen)])
    assert {index for index in range(size) if fresh.covers(f"n{index}")} == reached
