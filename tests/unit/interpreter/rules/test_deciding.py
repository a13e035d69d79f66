"""What a node does once it is decided to run."""

from typing import Any

import pytest

from interpreter.messages import StartTimer
from interpreter.state import sources_of
from tests.support.rules import ARun, spoken


def a_transform(value: Any, output: Any, **said: Any) -> ARun:
    run = ARun("a -> t -> b", nodes={"t": {"type": "transform", "with": {"value": value}, **said}})
    run.complete("a", output)
    return run


def test_a_transform_over_small_values_needs_no_activity() -> None:
    run = a_transform({"twice": "{{ nodes.a.output * 2 }}"}, 4)
    assert run.note("t").value == {"twice": 8}
    assert run.status("t", "b") == "completed ready"


def test_a_transform_over_a_large_value_is_evaluated_outside() -> None:
    run = a_transform("{{ nodes.a.output }}", "x" * 5000)
    assert spoken(run.said[-1:], run) == ["Evaluate t"]


def test_a_transform_over_a_large_input_is_evaluated_outside() -> None:
    run = ARun("t", nodes={"t": {"type": "transform", "with": {"value": "{{ input.x }}"}}}, given={"x": "y" * 5000})
    assert spoken(run.said, run) == ["Evaluate t"]


def test_a_transform_that_makes_a_large_value_is_evaluated_outside() -> None:
    value = "{{ nodes.a.output + nodes.b.output }}"
    run = ARun("(a, b) -> t", nodes={"t": {"type": "transform", "with": {"value": value}}})
    run.complete("a", "x" * 2500)
    run.complete("b", "x" * 2500)
    assert spoken(run.said[-1:], run) == ["Evaluate t"]


def test_a_transform_over_what_a_skipped_node_would_have_made_fails() -> None:
    run = ARun(
        "s -[skipped]-> t",
        nodes={"s": {"when": "false"}, "t": {"type": "transform", "with": {"value": "{{ nodes.s.output }}"}}},
    )
    assert run.failure("t").type == "ExpressionError"


def test_a_transform_may_fall_back_where_a_node_was_skipped() -> None:
    value = "{{ coalesce(nodes.s.output, 'none') }}"
    run = ARun("s -[skipped]-> t", nodes={"s": {"when": "false"}, "t": {"type": "transform", "with": {"value": value}}})
    assert run.note("t").value == "none"


def test_a_transform_that_fails_is_covered_by_on_error_continue() -> None:
    run = a_transform("{{ 1 / 0 }}", 1, on_error="continue")
    assert run.status("t", "b") == "failed ready"
    assert run.failure("t").details == {"expression": "t"}


def test_a_transform_whose_guards_need_too_much_of_it_fails() -> None:
    run = ARun(
        "a -> t -> b",
        nodes={"t": {"type": "transform", "with": {"value": 1}}, "b": {"when": "nodes.t.output + vars.long == '1'"}},
        vars={"long": "x"},
    )
    run.complete("a")
    assert run.failure("b").type == "ExpressionError"


def test_a_fact_that_is_too_large_fails_the_node_that_the_workflow_evaluates() -> None:
    run = ARun(
        "t -> b",
        nodes={
            "t": {"type": "transform", "with": {"value": [1]}},
            "b": {"when": "nodes.t.output.map(x, vars.long) == [input.x]"},
        },
        vars={"long": "x" * 5000},
    )
    assert run.failure("t").type == "FactTooLarge"


def test_what_arrived_is_known_only_outside() -> None:
    run = a_transform("{{ arrived[0].output }}", 1)
    assert spoken(run.said[-1:], run) == ["Evaluate t"]


@pytest.mark.parametrize(
    ("merge", "value"),
    [
        ("object", {"a": 1, "b": 2}),
        ("list", [1, 2]),
        ("first", 1),
        ("nodes.a.output + nodes.b.output", 3),
        (None, None),
    ],
)
def test_a_join_merges_what_arrived(merge: str | None, value: Any) -> None:
    run = ARun(
        "(a, b, c) -> j",
        nodes={"c": {"when": "false"}, "j": {"type": "join", "with": {"merge": merge} if merge else {}}},
    )
    run.complete("a", 1)
    run.complete("b", 2)
    assert run.note("j").value == value


def test_a_join_that_merges_nothing_gives_null_for_the_first() -> None:
    run = ARun("a -[skipped]-> j", nodes={"a": {"when": "false"}, "j": {"type": "join", "with": {"merge": "first"}}})
    assert run.note("j").value is None


def test_a_join_over_large_values_is_evaluated_outside() -> None:
    run = ARun("(a, b) -> j", nodes={"j": {"type": "join", "with": {"merge": "list"}}})
    run.complete("a", "x" * 5000)
    assert spoken(run.complete("b", 1), run) == ["Evaluate j"]


def a_condition(cases: dict[str, str], *, default: str | None = None, output: Any = 5) -> ARun:
    said = {"cases": [{"name": name, "when": when} for name, when in cases.items()]}
    run = ARun(
        "a -> c; c -[high]-> h; c -[low]-> l; c -[error]-> e",
        nodes={"c": {"type": "condition", "with": said | ({"default": default} if default else {})}},
    )
    run.complete("a", output)
    return run


def test_the_first_case_that_is_true_is_the_outcome() -> None:
    run = a_condition({"high": "nodes.a.output > 3", "low": "true"})
    assert run.status("h", "l", "e") == "ready skipped skipped"
    assert (run.note("c").outcome, run.note("c").value) == ("high", {"case": "high"})


def test_the_default_is_the_outcome_when_no_case_is_true() -> None:
    assert a_condition({"high": "false"}, default="low").status("h", "l") == "skipped ready"


def test_a_condition_without_a_true_case_fails() -> None:
    run = a_condition({"high": "false"})
    assert (run.failure("c").type, run.status("e")) == ("NoCaseMatched", "ready")


def test_a_case_that_cannot_be_evaluated_fails_the_condition() -> None:
    run = a_condition({"high": "nodes.a.output.x"}, output={})
    assert (run.failure("c").type, run.status("e")) == ("ExpressionError", "ready")


def test_parallel_ends_at_once_and_leaves_no_event() -> None:
    run = ARun("p -> (a, b)", nodes={"p": {"type": "parallel"}})
    assert spoken(run.said, run) == ["StartActivity a", "StartActivity b"]


def test_parallel_that_fails_does_leave_one() -> None:
    run = ARun("p", nodes={"p": {"type": "parallel", "when": "1 / 0 == 1"}})
    assert run.note("p").event == "failed"


@pytest.mark.parametrize(("said", "seconds"), [("90s", 90.0), (5, 5.0), ("{{ nodes.a.output * 2 }}", 14.0)])
def test_a_wait_waits_for_a_duration(said: Any, seconds: float) -> None:
    run = ARun("a -> w -> b", nodes={"w": {"type": "wait", "with": {"for": said}}})
    commands = run.complete("a", 7)
    assert spoken(commands, run) == ["waiting w", "StartTimer w"]
    assert commands[-1] == StartTimer(run.index("w"), 1, seconds=seconds)


def test_a_wait_waits_until_a_time() -> None:
    run = ARun("w", nodes={"w": {"type": "wait", "with": {"at": "2026-01-01T00:00:00Z"}}})
    assert run.said[-1] == StartTimer(0, 1, at="2026-01-01T00:00:00Z")


def test_a_wait_ends_with_its_timer_and_gives_null() -> None:
    run = ARun("w -> b", nodes={"w": {"type": "wait", "with": {"for": 1}}})
    assert spoken(run.fire("w"), run) == ["completed w", "StartActivity b"]
    assert (run.note("w").value, run.note("w").edges) == (None, ())


@pytest.mark.parametrize("said", ["{{ nodes.a.output }}", "{{ nodes.a.output.x }}"])
def test_a_wait_for_no_duration_fails(said: str) -> None:
    run = ARun("a -> w", nodes={"w": {"type": "wait", "with": {"for": said}}})
    run.complete("a", "soon")
    assert run.failure("w").type == "ExpressionError"


def test_a_node_sees_only_what_had_ended_when_it_was_decided() -> None:
    run = ARun(
        "a -> c; b -> c",
        nodes={
            "c": {
                "join": {"mode": "any"},
                "with": {"tool": "work", "args": {"x": "{{ nodes.a.output }}{{ nodes.b.output }}"}},
            }
        },
    )
    run.complete("a")
    run.complete("b")
    c, known = run.plan.find("c"), run.state.nodes[run.index("c")]
    seen = sources_of(run.plan, run.state, run.state, c.reads, c.outer, known.unseen)
    assert [source.path for source in seen] == ["a"]
