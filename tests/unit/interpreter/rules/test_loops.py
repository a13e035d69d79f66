"""A loop: its body lap by lap, until it says so, has had its laps, or nothing ran any more."""

from typing import Any

import pytest

from tests.support.documents import a_node
from tests.support.rules import ARun, spoken

BIG = "x" * 5_000


def a_loop(*nodes: dict[str, Any], edges: list[dict[str, Any]] | None = None, **said: Any) -> dict[str, Any]:
    """A loop as a node: of `work` alone where nothing else is said."""
    own = {name: said.pop(name) for name in ("on_error", "deadline", "compensate") if name in said}
    with_ = {"until": "lap == 2", "max_iterations": 3, "output": "{{ nodes.work.output }}", **said}
    return {"type": "loop", "with": {**with_, "nodes": list(nodes) or [a_node("work")], "edges": edges or []}, **own}


def a_run(graph: str = "refine", **said: Any) -> ARun:
    """A run whose first lap has begun."""
    run = ARun(graph, nodes={"refine": a_loop(**said)})
    run.open_items("refine", 1)
    return run


def lap(run: ARun, number: int, output: Any = BIG) -> list[str]:
    """One lap from its only node's end to its own."""
    run.complete(f"refine~{number}.work", BIG)
    return spoken(run.make(f"refine~{number}", output), run)


def test_a_loop_puts_its_initial_on_record_before_its_first_lap() -> None:
    run = ARun("refine", nodes={"refine": a_loop()})
    assert spoken(run.said, run) == ["OpenRegion refine"]
    assert spoken(run.open_items("refine", 1), run) == ["StartActivity refine~1.work"]


def test_a_lap_follows_when_until_is_false() -> None:
    run = a_run()
    assert "StartActivity refine~2.work" in lap(run, 1)


def test_the_loop_ends_with_the_lap_after_which_until_is_true() -> None:
    run = a_run("refine -> b")
    lap(run, 1)
    assert lap(run, 2)[1:] == ["completed refine", "StartActivity b"]
    note = run.note("refine")
    assert (note.outcome, note.output_of, note.meta) == ("success", "refine~2", {"laps": 2})


def test_a_loop_that_has_had_its_laps_is_exhausted_with_the_last_ones_output() -> None:
    run = a_run("refine -[exhausted]-> b", until="false", max_iterations=1)
    lap(run, 1)
    note = run.note("refine")
    assert (note.outcome, note.output_of, run.status("b")) == ("exhausted", "refine~1", "ready")


def test_exhausted_without_an_edge_is_a_failure() -> None:
    run = a_run("refine -> b", until="false", max_iterations=1)
    lap(run, 1)
    assert (run.failure("refine").type, run.ending) == ("Exhausted", "failed")


def test_a_lap_in_which_nothing_ran_ends_the_loop_as_exhausted() -> None:
    run = ARun("refine -[exhausted]-> b", nodes={"refine": a_loop(a_node("work", when="false"), output=1)})
    run.open_items("refine", 1)
    assert (run.note("refine").outcome, run.note("refine").meta) == ("exhausted", {"laps": 1})


def test_until_may_ask_the_laps_nodes() -> None:
    run = a_run(until="nodes.work.output == 'good'")
    run.complete("refine~1.work", "good")
    assert run.note("refine").meta == {"laps": 1}


def test_prev_is_initial_in_the_first_lap_and_then_the_lap_befores_output() -> None:
    guarded = a_node("work", when="prev == lap")
    run = ARun("refine", nodes={"refine": a_loop(guarded, until="false", output="{{ lap + 1 }}", initial=1)})
    run.open_items("refine", 1, told=[1])
    assert run.status("refine~1.work") == "ready"
    run.complete("refine~1.work")
    assert run.status("refine~2.work") == "ready"


def test_an_until_that_cannot_be_evaluated_fails_the_loop() -> None:
    run = a_run(until="1 / 0 == 1")
    lap(run, 1)
    assert (run.failure("refine").type, run.ending) == ("ExpressionError", "failed")


def test_an_until_that_is_not_true_or_false_fails_the_loop() -> None:
    run = a_run(until="lap")
    lap(run, 1)
    assert run.failure("refine").type == "ExpressionError"


def test_a_lap_that_fails_fails_the_loop() -> None:
    run = a_run()
    lap(run, 1)
    run.fail("refine~2.work")
    failure = run.failure("refine")
    assert (failure.type, failure.details["lap"], failure.details["path"]) == ("LapFailed", 2, "refine~2")


def test_a_lap_whose_output_cannot_be_built_fails_the_loop() -> None:
    run = a_run()
    run.complete("refine~1.work", BIG)
    run.break_output("refine~1")
    assert run.failure("refine").type == "LapFailed"


def test_a_cancel_stops_the_lap_and_no_other_follows() -> None:
    run = a_run()
    assert spoken(run.cancel(), run) == ["stopping cancelled", "StopNode refine~1.work"]
    assert spoken(run.stopped("refine~1.work"), run) == ["cancelled refine~1", "cancelled refine", "finish cancelled"]


def test_a_lap_that_completes_while_the_loop_stops_is_the_last() -> None:
    run = a_run()
    run.complete("refine~1.work", BIG)
    run.cancel()
    assert spoken(run.make("refine~1"), run) == ["cancelled refine", "finish cancelled"]


def test_a_cancel_before_initial_is_on_record_begins_no_lap() -> None:
    run = ARun("refine", nodes={"refine": a_loop()})
    run.cancel()
    assert spoken(run.open_items("refine", 1), run) == ["cancelled refine", "finish cancelled"]


def test_a_loop_whose_deadline_passes_fails_with_timeout() -> None:
    run = a_run(deadline=5)
    run.fire("refine")
    run.stopped("refine~1.work")
    assert (run.failure("refine").type, run.ending) == ("Timeout", "failed")


@pytest.mark.parametrize("on_error", ["continue", "hold"])
def test_on_error_covers_a_loop_that_is_exhausted(on_error: str) -> None:
    run = a_run("refine -> b", until="false", max_iterations=1, on_error=on_error)
    lap(run, 1)
    assert run.status("refine", "b") == {"continue": "failed ready", "hold": "held pending"}[on_error]


def test_initial_that_is_told_again_begins_no_second_lap() -> None:
    run = a_run()
    assert run.open_items("refine", 1) == []
    assert list(run.state.repeats[0].instances) == [1]


def test_a_small_output_may_be_too_much_for_the_next_laps_guard() -> None:
    guarded = a_node("work", when="prev + prev != run.id")
    loop = a_loop(guarded, output="{{ vars.big }}", initial="a")
    run = ARun("refine", nodes={"refine": loop}, vars={"big": "x" * 3_000})
    run.open_items("refine", 1, told=["a"])
    run.complete("refine~1.work")
    assert run.failure("refine").details["cause"]["type"] == "FactTooLarge"
