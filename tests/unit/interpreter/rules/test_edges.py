"""How edges settle, and what their guards do."""

from interpreter.state import EdgeState
from tests.support.rules import ARun, spoken


def edges(*listed: tuple[str, str, str | None, str | None]) -> list[dict[str, str]]:
    return [
        {"from": source, "to": target} | ({"on": on} if on else {}) | ({"when": when} if when else {})
        for source, target, on, when in listed
    ]


def test_an_edge_is_taken_for_its_outcome_and_dead_for_another() -> None:
    run = ARun("a -> b; a -[error]-> c")
    run.complete("a")
    assert (run.edge("a", "b"), run.edge("a", "c")) == (EdgeState.TAKEN, EdgeState.DEAD)


def test_a_false_guard_makes_an_edge_dead() -> None:
    run = ARun("a; b", edges=edges(("a", "b", None, "nodes.a.output > 3")))
    run.complete("a", 2)
    assert run.reason("b") == "dead_path"


def test_a_true_guard_lets_an_edge_be_taken() -> None:
    run = ARun("a; b", edges=edges(("a", "b", None, "nodes.a.output > 3")))
    run.complete("a", 4)
    assert run.status("b") == "ready"


def test_a_guard_that_cannot_be_evaluated_fails_the_edge_and_its_target() -> None:
    run = ARun("a; b", edges=edges(("a", "b", None, "nodes.a.output.x > 3")))
    run.complete("a", {})
    assert run.edge("a", "b") is EdgeState.FAILED
    assert run.failure("b").type == "ExpressionError"
    assert run.ending == "failed"


def test_a_guard_that_is_not_boolean_is_an_expression_error() -> None:
    run = ARun("a; b", edges=edges(("a", "b", None, "nodes.a.output")))
    run.complete("a", "yes")
    assert run.failure("b").type == "ExpressionError"


def test_a_broken_guard_is_not_covered_by_on_error_continue() -> None:
    run = ARun("a; b", nodes={"b": {"on_error": "continue"}}, edges=edges(("a", "b", None, "1 / 0 == 1")))
    run.complete("a")
    assert run.ending == "failed"


def test_a_broken_guard_into_a_race_only_loses_it() -> None:
    run = ARun(
        "a; b; c",
        nodes={"c": {"join": {"mode": "any"}}},
        edges=edges(("a", "c", None, "1 / 0 == 1"), ("b", "c", None, None)),
    )
    run.complete("a")
    assert spoken(run.complete("b"), run) == ["StartActivity c"]


def test_a_broken_guard_is_named_among_the_causes_of_a_lost_race() -> None:
    run = ARun("a; c", nodes={"c": {"join": {"mode": "any"}}}, edges=edges(("a", "c", None, "1 / 0 == 1")))
    run.complete("a")
    assert [cause["type"] for cause in run.failure("c").details["causes"]] == ["ExpressionError"]


def test_a_node_skipped_by_its_guard_takes_its_skipped_edges() -> None:
    run = ARun("a -> b -[skipped]-> c", nodes={"b": {"when": "nodes.a.output == 1"}})
    run.complete("a", 2)
    assert (run.status("b"), run.reason("b"), run.status("c")) == ("skipped", "guard", "ready")
    assert run.note("b").why == {"mode": "settled", "reason": "guard", "guard": False}


def test_a_node_on_a_dead_path_takes_no_edge_at_all() -> None:
    run = ARun("a -[error]-> b -[skipped]-> c")
    run.complete("a")
    assert (run.reason("b"), run.reason("c")) == ("dead_path", "dead_path")


def test_a_start_that_its_guard_skips_was_reached() -> None:
    assert ARun("a -[skipped]-> b", nodes={"a": {"when": "false"}}).status("b") == "ready"


def test_ended_is_every_ending_but_a_skip() -> None:
    run = ARun("a -[ended]-> b; c -[ended]-> d", nodes={"c": {"when": "false"}})
    run.complete("a")
    assert (run.status("b"), run.status("d")) == ("ready", "skipped")


def test_a_guard_sees_the_error_of_the_node_that_failed() -> None:
    run = ARun("a; b", edges=edges(("a", "b", "error", "nodes.a.error.type == 'Broken' && nodes.a.status == 'failed'")))
    run.fail("a")
    assert run.status("b") == "ready"


def test_a_guard_sees_env_vars_run_and_what_arrived() -> None:
    when = "env.X == 'x' && vars.y == 2 && run.id == 'r1' && arrived[0].id == 'a' && nodes.a.outcome == 'success'"
    run = ARun("a -> b", nodes={"b": {"when": when}}, env={"X": "x"}, vars={"y": 2})
    run.complete("a")
    assert run.status("b") == "ready"


def test_a_guard_reads_the_input_through_its_facts() -> None:
    run = ARun("a", nodes={"a": {"when": "size(input.rows) > 1"}}, given={"rows": [1, 2]})
    assert run.status("a") == "ready"


def test_a_guard_that_reads_what_had_not_settled_finds_it_absent() -> None:
    run = ARun(
        "a -> c; b -> c -> d",
        nodes={"c": {"join": {"mode": "any"}}, "d": {"when": "has(nodes.b.status) || has(nodes.b.output)"}},
    )
    run.complete("a")
    run.complete("c")
    assert run.reason("d") == "guard"
