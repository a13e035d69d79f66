"""A map: its body once an item, so many at once, and what an item that fails does to the others."""

from typing import Any

import pytest

from interpreter.messages import Failure, NodeFailed, OpenRegion, RegionOpened, Resumed, Yield
from interpreter.rules.repeats import WINDOW
from tests.support.documents import a_node
from tests.support.rules import BROKEN, ARun, spoken

WORK = [a_node("work")]


def a_map(*nodes: dict[str, Any], edges: list[dict[str, Any]] | None = None, **said: Any) -> dict[str, Any]:
    """A map as a node: of `work` alone where nothing else is said."""
    own = {name: said.pop(name) for name in ("on_error", "deadline", "compensate", "join", "when") if name in said}
    body = {"nodes": list(nodes) or WORK, "edges": edges or []}
    return {"type": "map", "with": {"items": "input.items", **said, **body}, **own}


def a_run(count: int = 2, graph: str = "each", **said: Any) -> ARun:
    """A run whose map `each` has so many items open."""
    run = ARun(graph, nodes={"each": a_map(**said)})
    run.open_items("each", count)
    return run


def test_a_map_puts_its_items_on_record_before_any_begins() -> None:
    run = ARun("each", nodes={"each": a_map()})
    assert spoken(run.said, run) == ["OpenRegion each"]
    assert run.status("each") == "running"
    assert spoken(run.open_items("each", 2), run) == ["StartActivity each.0.work", "StartActivity each.1.work"]


def test_each_item_has_its_output_made_when_its_last_node_has_ended() -> None:
    run = a_run()
    assert spoken(run.complete("each.1.work", "x" * 5_000), run) == ["MakeOutput each.1"]
    assert spoken(run.make("each.1"), run) == ["progress each"]


def test_the_map_puts_its_output_together_when_all_items_have_ended() -> None:
    run = a_run(1)
    run.complete("each.0.work", "x" * 5_000)
    assert spoken(run.make("each.0"), run) == ["Evaluate each"]
    assert run.state.repeats[0].ended == ["c"]
    run.complete("each")
    assert run.ending == "completed"


def test_an_item_whose_output_is_small_is_told_of_without_an_activity() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("t", type="transform"), output="{{ nodes.t.output }}")})
    said = spoken(run.open_items("each", 1), run)
    assert said == ["completed each.0.t", "completed each.0", "Evaluate each"]
    assert run.note("each.0").value == 1


def test_a_map_over_no_items_gives_none_and_runs_nothing() -> None:
    run = a_run(0, "each -> b")
    assert run.note("each").value == []
    assert run.status("each", "b") == "completed ready"


def test_no_more_items_are_open_than_the_map_says() -> None:
    run = a_run(3, max_concurrency=1)
    assert list(run.state.repeats[0].instances) == [0]
    run.complete("each.0.work", "x" * 5_000)
    run.make("each.0")
    assert list(run.state.repeats[0].instances) == [1]


def test_without_a_limit_so_many_items_are_open() -> None:
    run = a_run(WINDOW + 5)
    assert len(run.state.repeats[0].instances) == WINDOW


def test_more_items_than_one_activation_may_begin_are_begun_in_several() -> None:
    nodes = [a_node(f"n{number}") for number in range(20)]
    run = ARun("each", nodes={"each": a_map(*nodes, max_concurrency=1_000)})
    commands = run.open_items("each", 1_000)
    assert isinstance(commands[-1], Yield)
    assert len(run.state.repeats[0].instances) < 1_000
    assert not any(isinstance(command, OpenRegion) for command in commands)


# What an item is given


def test_items_whose_facts_are_not_told_yet_wait_for_the_next_window() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("work", when="item > 1"))})
    said = run.open_items("each", 3, told=[1, 2])
    assert OpenRegion(0, 1, first=2) in said
    assert run.status("each.1.work") == "ready"
    assert spoken(run.open_items("each", 3, first=2, told=[5]), run) == ["StartActivity each.2.work"]


def test_a_window_that_is_told_again_changes_nothing() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("work", when="item > 1"))})
    run.open_items("each", 3, told=[1, 2])
    assert run.open_items("each", 3, told=[7, 7]) == []


def test_an_item_knows_its_place() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("work", when="index == 1"))})
    run.open_items("each", 2)
    assert run.status("each.1.work") == "ready"
    assert run.note("each.0.work").event == "skipped"


def test_items_that_cannot_be_opened_fail_the_map() -> None:
    run = ARun("each", nodes={"each": a_map()})
    run.fail("each")
    assert run.ending == "failed"


def a_broken_window(**said: Any) -> ARun:
    """One item runs; the facts of the next could not be told."""
    run = ARun("each; b", nodes={"each": a_map(a_node("work", when="item > 0"), **said)})
    run.open_items("each", 2, told=[1])
    return run


def test_a_window_that_cannot_be_told_ends_the_open_items_first() -> None:
    run = a_broken_window()
    assert spoken(run.fail("each"), run) == ["StopNode each.0.work"]
    assert spoken(run.stopped("each.0.work"), run) == ["cancelled each.0", "stopping failed", "StopNode b"]
    assert run.failure("each").type == "Broken"


def test_a_window_that_cannot_be_told_may_be_held() -> None:
    run = a_broken_window(on_error="hold")
    run.fail("each")
    run.stopped("each.0.work")
    assert run.status("each", "b") == "held ready"


def test_a_broken_window_in_a_map_that_stops_is_recorded_and_changes_nothing_more() -> None:
    run = a_broken_window()
    run.cancel()
    run.fail("each")
    run.stopped("each.0.work")
    run.stopped("b")
    assert (run.status("each"), run.ending) == ("failed", "cancelled")


# Items that fail


def test_an_item_that_fails_stops_the_others_and_fails_the_map() -> None:
    run = a_run(graph="each -> b")
    assert spoken(run.fail("each.0.work"), run) == ["failed each.0", "progress each", "StopNode each.1.work"]
    run.stopped("each.1.work")
    failure = run.failure("each")
    assert (failure.type, failure.details["item"], failure.details["path"]) == ("ItemFailed", 0, "each.0")
    assert failure.details["cause"] == {"type": "Broken", "message": "it broke"}
    assert run.ending == "failed"


@pytest.mark.parametrize("how", ["skip", "collect"])
def test_an_item_that_fails_may_leave_the_others_alone(how: str) -> None:
    run = a_run(on_item_error=how)
    run.fail("each.0.work")
    run.complete("each.1.work", "x" * 5_000)
    assert spoken(run.make("each.1"), run) == ["Evaluate each"]
    assert run.state.repeats[0].ended == ["f", "c"]


def test_an_item_whose_output_cannot_be_built_has_failed() -> None:
    run = a_run(1)
    run.complete("each.0.work", "x" * 5_000)
    run.break_output("each.0")
    assert (run.failure("each").type, run.ending) == ("ItemFailed", "failed")


def test_an_item_whose_small_output_cannot_be_evaluated_has_failed() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("t", type="transform"), output="{{ 1 / (nodes.t.output - 1) }}")})
    run.open_items("each", 1)
    assert run.failure("each").details["cause"]["type"] == "ExpressionError"


def test_a_failed_map_may_be_handled_outside() -> None:
    run = a_run(1, "each -[error]-> b")
    run.fail("each.0.work")
    assert run.status("each", "b") == "failed ready"


def test_a_held_node_of_an_item_lets_the_other_items_go_on() -> None:
    run = ARun("each", nodes={"each": a_map(a_node("work", on_error="hold"), max_concurrency=2)})
    run.open_items("each", 3)
    run.fail("each.0.work")
    run.complete("each.1.work", "x" * 5_000)
    run.make("each.1")
    assert run.status("each.0.work", "each.2.work") == "held ready"


@pytest.mark.parametrize(("action", "status"), [("retry", "ready"), ("succeed", "completed"), ("skip", "skipped")])
def test_a_held_node_of_an_item_is_moved_by_hand(action: str, status: str) -> None:
    nodes = (a_node("work", on_error="hold"), a_node("last", join={"mode": "always"}))
    edges = [{"from": "work", "to": "last", "on": ["success", "skipped"]}]
    run = ARun("each", nodes={"each": a_map(*nodes, edges=edges)})
    run.open_items("each", 1)
    run.fail("each.0.work")
    run.override("each.0.work", action)
    assert run.status("each.0.work") == status


def test_a_held_map_that_is_retried_runs_its_items_anew() -> None:
    run = a_run(1, on_error="hold")
    run.fail("each.0.work")
    assert run.status("each") == "held"
    assert spoken(run.override("each", "retry"), run) == ["override applied", "ready each", "OpenRegion each"]
    run.open_items("each", 1)
    assert run.generation("each.0.work") == run.generation("each") == 2


# Stops


def test_a_cancel_stops_what_runs_in_the_items_and_begins_no_more() -> None:
    run = a_run(3, max_concurrency=2)
    assert spoken(run.cancel(), run) == ["stopping cancelled", "StopNode each.0.work", "StopNode each.1.work"]
    run.stopped("each.0.work")
    said = spoken(run.stopped("each.1.work"), run)
    assert said == ["cancelled each.1", "cancelled each", "finish cancelled"]


def test_a_cancel_before_the_items_are_on_record_waits_for_them() -> None:
    run = ARun("each", nodes={"each": a_map()})
    assert spoken(run.cancel(), run) == ["stopping cancelled"]
    assert spoken(run.open_items("each", 2), run) == ["cancelled each", "finish cancelled"]


def test_always_nodes_of_an_item_run_while_it_stops() -> None:
    tidy = a_node("tidy", join={"mode": "always"})
    run = ARun("each", nodes={"each": a_map(a_node("work"), tidy, edges=[{"from": "work", "to": "tidy"}])})
    run.open_items("each", 1)
    run.cancel()
    assert spoken(run.stopped("each.0.work"), run) == ["StartActivity each.0.tidy"]
    assert spoken(run.complete("each.0.tidy"), run) == ["cancelled each.0", "cancelled each", "finish cancelled"]


def test_an_item_that_has_its_output_made_counts_in_spite_of_a_stop() -> None:
    run = a_run(1)
    run.complete("each.0.work", "x" * 5_000)
    run.cancel()
    run.make("each.0")
    assert run.state.repeats[0].ended == ["c"]
    assert run.ending == "cancelled"


def test_a_map_that_puts_its_output_together_completes_in_spite_of_a_stop() -> None:
    run = a_run(1)
    run.complete("each.0.work", "x" * 5_000)
    run.make("each.0")
    run.cancel()
    run.complete("each")
    assert (run.status("each"), run.ending) == ("completed", "cancelled")


def test_a_map_whose_deadline_passes_fails_with_timeout_once_its_items_have_ended() -> None:
    run = a_run(1, "each -[timeout]-> b", deadline=5)
    assert spoken(run.fire("each"), run) == ["StopNode each.0.work"]
    run.stopped("each.0.work")
    assert (run.failure("each").details, run.status("b")) == ({"limit": "deadline"}, "ready")


def test_a_deadline_that_passes_after_a_stop_changes_nothing() -> None:
    run = a_run(1, deadline=5)
    run.cancel()
    assert run.fire("each") == []
    run.stopped("each.0.work")
    assert run.status("each") == "cancelled"


def test_a_race_that_is_won_stops_the_items_of_a_loser() -> None:
    run = ARun("(each, a) -> b", nodes={"each": a_map(), "b": {"join": {"mode": "any", "cancel_rest": True}}})
    run.open_items("each", 1)
    assert spoken(run.complete("a"), run) == ["StartActivity b", "StopNode each.0.work"]
    run.stopped("each.0.work")
    assert (run.status("each"), run.reason("each")) == ("cancelled", "lost_race")


# Answers that come late or twice


def test_answers_of_an_item_that_is_over_change_nothing() -> None:
    run = a_run(2)
    scope = run.instance("each.0").id
    run.complete("each.0.work", "x" * 5_000)
    run.make("each.0")
    assert run.tell(NodeFailed(0, 1, Failure("Late", "late"), scope=scope)) == []


def test_an_output_that_nobody_asked_for_changes_nothing() -> None:
    run = a_run(1)
    assert run.make("each.0") == []
    assert run.break_output("each.0") == []
    assert run.status("each.0.work") == "ready"


def test_items_of_a_node_that_has_none_change_nothing() -> None:
    run = ARun("a")
    assert run.tell(RegionOpened(0, 1, 3)) == []
    assert run.status("a") == "ready"


def test_a_failure_beside_items_is_of_the_whole_map_only() -> None:
    run = a_run(2, on_item_error="skip")
    run.fail("each.0.work", BROKEN)
    assert run.status("each", "each.1.work") == "running ready"


def test_progress_is_told_a_hundred_times_at_most() -> None:
    transform = a_node("t", type="transform")
    run = ARun("each", nodes={"each": a_map(transform, output=1)})
    run.open_items("each", 400)
    while isinstance(run.said[-1], Yield):
        run.tell(Resumed())
    assert spoken(run.said, run).count("progress each") == 99


def test_an_empty_list_may_be_too_much_for_a_guard() -> None:
    guard = "(size(nodes.each.output) == 0 ? vars.big : 'x') == run.id"
    run = ARun("each -> b", nodes={"each": a_map(), "b": {"when": guard}}, vars={"big": "x" * 5_000})
    run.open_items("each", 0)
    assert run.failure("each").type == "FactTooLarge"


def test_a_map_that_ended_while_a_stop_was_on_its_way_is_not_stopped_again() -> None:
    nodes = {f"n{number}": {} for number in range(600)}
    run = ARun(nodes={"each": a_map(), **nodes})
    while isinstance(run.said[-1], Yield):
        run.tell(Resumed())
    assert isinstance(run.cancel()[-1], Yield)
    assert spoken(run.open_items("each", 1), run) == ["cancelled each"]
    run.tell(Resumed())
    assert (run.status("each"), run.state.open) == ("cancelled", 600)
