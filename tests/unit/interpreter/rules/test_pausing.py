"""A paused run: what waits, what goes on, and how it is stepped through."""

import json
from typing import Any

from interpreter.messages import CommandLost, InputShown, PauseAsked, Resumed, ShowInput, StepAsked, Yield
from interpreter.snapshot import restore, snapshot
from interpreter.state import RunState
from tests.support.rules import ARun, spoken

CLEAN_UP = {"z": {"join": {"mode": "always"}}}
EACH = {
    "each": {
        "type": "map",
        "with": {"items": [1, 2], "nodes": [{"id": "work", "type": "tool_call", "with": {"tool": "work"}}]},
    }
}
UNDONE = {"a": {"compensate": {"type": "tool_call", "with": {"tool": "work"}}}}


def a_debugged_run(graph: str, **said: Any) -> ARun:
    """One that was asked to stop before each node before anything began."""
    run = ARun(graph, **said)
    run.state = RunState.begin(run.plan, run={"id": "r1", "environment": "dev"}, env={})
    run.state.debug, run.said = True, []
    run.begin()
    return run


def test_what_is_due_in_a_paused_run_begins_once_it_goes_on() -> None:
    run = ARun("a -> b; c -> d")
    assert spoken(run.pause(), run) == ["p1 applied", "paused p1"]
    assert run.complete("a") == []
    assert run.complete("c") == []
    assert spoken(run.go_on(), run) == ["g1 applied", "goes on g1", "StartActivity b", "StartActivity d"]


def test_a_pause_before_the_run_has_begun_holds_its_first_nodes() -> None:
    run = ARun("a -> b")
    run.state = RunState.begin(run.plan, run={"id": "r1", "environment": "dev"}, env={})
    run.pause()
    run.said = []
    run.begin()
    assert run.said == []
    assert spoken(run.go_on(), run)[-1] == "StartActivity a"


def test_what_is_not_to_run_is_left_out_in_a_paused_run_too() -> None:
    run = ARun("a -> b -> c", nodes={"b": {"when": "false"}})
    run.pause()
    assert spoken(run.complete("a"), run) == ["skipped b", "skipped c", "finish completed"]


def test_a_run_that_has_nothing_left_to_do_ends_though_it_is_paused() -> None:
    run = ARun("a")
    run.pause()
    assert spoken(run.complete("a"), run) == ["finish completed"]


def test_votes_and_timers_go_on_in_a_paused_run_and_what_follows_waits() -> None:
    run = ARun(
        "ok -[approved]-> b; w -> c",
        nodes={
            "ok": {"type": "human_gate", "with": {"title": "x", "approvers": ["user:ann"]}},
            "w": {"type": "wait", "with": {"for": 1}},
        },
    )
    run.open("ok")
    run.pause()
    assert spoken(run.vote("ok", "approved"), run) == ["CloseGate ok"]
    assert run.complete("ok", outcome="approved") == []
    assert spoken(run.fire("w"), run) == ["completed w"]
    assert spoken(run.go_on(), run)[2:] == ["StartActivity b", "StartActivity c"]


def test_a_command_that_is_told_again_changes_nothing() -> None:
    run = ARun("a -> b")
    run.pause()
    assert run.pause() == []
    run.go_on()
    assert run.pause() == []
    assert run.go_on() == []
    assert not run.state.paused


def test_a_second_pause_and_a_second_go_on_are_answered_and_change_nothing() -> None:
    run = ARun("a -> b")
    run.pause()
    assert spoken(run.pause("p2"), run) == ["p2 applied"]
    run.go_on()
    assert spoken(run.go_on("g2"), run) == ["g2 applied"]


def test_a_cancel_ends_the_pause_and_cleans_up() -> None:
    run = ARun("a -> b; a -[ended]-> z", nodes=CLEAN_UP)
    run.pause()
    run.complete("a")
    assert spoken(run.cancel(), run) == ["stopping cancelled", "cancelled b", "StartActivity z"]
    assert run.complete("z") != []
    assert (run.ending, run.state.paused) == ("cancelled", False)


def test_a_failure_ends_the_pause_and_what_was_done_is_undone() -> None:
    run = ARun("a -> b; c", nodes=UNDONE)
    run.pause()
    run.complete("a")
    assert spoken(run.fail("c"), run) == ["stopping failed", "cancelled b", "StartUndo a"]


def test_what_lost_a_race_is_undone_in_a_paused_run_once_it_goes_on() -> None:
    nodes = {**UNDONE, "c": UNDONE["a"], "win": {"join": {"mode": "any", "cancel_rest": True}}}
    run = ARun("a -> a2 -> win; c -> c2 -> win; b -> win", nodes=nodes)
    run.complete("a")
    run.complete("c")
    assert "StartUndo c" in spoken(run.complete("b"), run)
    run.pause()
    assert run.undo() == []
    assert spoken(run.go_on(), run)[-1] == "StartUndo a"


def test_commands_to_a_run_that_stops_are_refused() -> None:
    run = ARun("a -> b")
    run.cancel()
    assert spoken(run.pause(), run) == ["p1 refused"]
    assert spoken(run.go_on(), run) == ["g1 refused"]
    assert spoken(run.stop_before("b"), run) == ["b1 refused"]
    assert spoken(run.step("b"), run) == ["s1 refused"]


def test_a_command_about_nothing_in_the_run_is_refused_with_its_reason() -> None:
    run = ARun("a")
    (said,) = run.tell(CommandLost("x1", "there is no such node"))
    assert said.reason == "there is no such node"  # pyright: ignore[reportAttributeAccessIssue]
    assert run.tell(CommandLost("x1", "there is no such node")) == []


def test_a_breakpoint_pauses_the_run_before_its_node_and_shows_what_is_due() -> None:
    run = ARun("a -> b; c -> d")
    run.stop_before("b")
    assert spoken(run.complete("a"), run) == ["paused b", "ShowInput b"]
    assert spoken(run.complete("c"), run) == ["ShowInput d"]
    run.show("b")
    run.show("d")
    assert spoken(run.go_on(), run)[1:] == ["goes on g1", "StartActivity b", "StartActivity d"]


def test_a_breakpoint_is_met_once_and_the_run_goes_on_to_the_next() -> None:
    run = ARun("a -> b -> c -> d")
    run.stop_before("b", "d")
    run.complete("a")
    run.show("b")
    run.go_on()
    assert spoken(run.complete("b"), run) == ["StartActivity c"]
    assert spoken(run.complete("c"), run) == ["paused d", "ShowInput d"]


def test_a_breakpoint_in_a_body_stops_before_each_instance_and_a_path_before_that_one() -> None:
    run = ARun(nodes=EACH)
    run.stop_before("each.1.work")
    assert spoken(run.open_items("each", 2), run) == [
        "StartActivity each.0.work",
        "paused each.1.work",
        "ShowInput each.1.work",
    ]
    every = ARun(nodes=EACH)
    every.stop_before("work")
    said = spoken(every.open_items("each", 2), every)
    assert said == ["paused each.0.work", "ShowInput each.0.work", "ShowInput each.1.work"]


def test_a_step_runs_one_node_and_the_run_stays_paused_before_the_next() -> None:
    run = ARun("a -> b -> c; a -> d")
    run.stop_before("b")
    run.complete("a")
    run.show("b")
    assert spoken(run.step("b"), run) == ["s1 applied", "StartActivity b"]
    assert spoken(run.complete("b"), run) == ["ShowInput c"]
    assert run.state.paused


def test_a_step_before_the_input_is_on_record_begins_once_it_is() -> None:
    run = ARun("a -> b")
    run.stop_before("b")
    run.complete("a")
    assert spoken(run.step("b"), run) == ["s1 applied"]
    assert spoken(run.step("b", "s2"), run) == ["s2 refused"]
    assert spoken(run.show("b"), run) == ["StartActivity b"]
    assert run.show("b") == []


def test_a_pause_takes_back_what_was_to_go_on_and_has_not() -> None:
    run = ARun("a -> b")
    run.stop_before("b")
    run.complete("a")
    run.go_on()
    run.pause()
    assert run.show("b") == []
    assert spoken(run.go_on("g2"), run)[-1] == "StartActivity b"


def test_a_step_with_an_input_names_the_command_that_brings_it() -> None:
    run = ARun("a -> b")
    run.stop_before("b")
    run.complete("a")
    run.show("b")
    run.step("b", given=True)
    assert run.state.given[run.place("b")].override == "s1"


def test_a_step_of_what_the_run_is_not_paused_before_is_refused() -> None:
    run = ARun("a -> b")
    run.pause()
    assert spoken(run.step("b"), run) == ["s1 refused"]
    assert spoken(run.step("a", "s2"), run) == ["s2 refused"]
    assert run.tell(StepAsked(0, 9, "s2")) == []


def test_a_hundred_inputs_are_shown_at_once_and_more_as_it_is_stepped_through() -> None:
    run = ARun("; ".join(f"s -> n{number}" for number in range(150)))
    run.stop_before("n0")
    assert sum(isinstance(said, ShowInput) for said in run.complete("s")) == 100
    run.show("n0")
    assert spoken(run.step("n0"), run) == ["s1 applied", "ShowInput n100", "StartActivity n0"]


def test_what_the_run_is_paused_before_can_be_skipped_at_once() -> None:
    run = ARun("a -> b -[skipped]-> c")
    run.stop_before("b", "c")
    run.complete("a")
    run.show("b")
    assert spoken(run.override("b", "skip"), run) == ["override applied", "skipped b", "ShowInput c"]


def test_debug_mode_stops_before_each_node_until_the_run_is_to_go_on() -> None:
    run = a_debugged_run("a -> b -> c")
    assert spoken(run.said, run) == ["paused a", "ShowInput a"]
    run.show("a")
    run.step("a")
    assert spoken(run.complete("a"), run) == ["ShowInput b"]
    run.show("b")
    run.go_on()
    assert spoken(run.complete("b"), run) == ["StartActivity c"]


def test_a_fork_in_the_drawing_is_nothing_to_stop_before() -> None:
    run = a_debugged_run("fork -> b", nodes={"fork": {"type": "parallel"}})
    assert spoken(run.said, run) == ["paused b", "ShowInput b"]


def test_breakpoints_that_are_set_in_a_pause_show_what_is_due() -> None:
    run = ARun("a -> b; c -> d")
    run.pause()
    run.complete("a")
    assert spoken(run.stop_before("d"), run) == ["b1 applied", "ShowInput b"]
    assert spoken(run.stop_before("d", "b", command="b2"), run) == ["b2 applied"]
    run.show("b")
    assert spoken(run.stop_before("d", command="b3"), run) == ["b3 applied"]
    assert spoken(run.stop_before(command="b4"), run) == ["b4 applied"]


def test_what_an_item_that_failed_was_paused_before_ends_with_it() -> None:
    body = [{"id": name, "type": "tool_call", "with": {"tool": "work"}} for name in ("x", "y")]
    run = ARun(nodes={"each": {"type": "map", "with": {"items": [1, 2], "nodes": body}}})
    run.pause()
    run.open_items("each", 2)
    run.step("each.0.x")
    run.fail("each.0.x")
    assert run.status("each") == "failed"
    assert run.state.due == {}


def test_what_an_item_that_fails_leaves_undecided_ends_with_it_and_other_items_wait_on() -> None:
    body = [{"id": name, "type": "tool_call", "with": {"tool": "work"}} for name in ("x", "y")]
    skipping = {"items": [1, 2], "nodes": body, "on_item_error": "skip"}
    run = ARun(nodes={"each": {"type": "map", "with": skipping}})
    run.pause()
    run.open_items("each", 2)
    run.step("each.0.x")
    run.fail("each.0.x")
    assert [run.state.scope(scope).path for scope, _ in run.state.due] == ["each.1", "each.1"]


def test_what_is_due_stays_due_however_often_it_is_looked_at() -> None:
    run = ARun("a -> race; b -> race", nodes={"race": {"join": {"mode": "any"}}})
    run.pause()
    run.complete("a")
    run.complete("b")
    assert len(run.state.due) == 1
    assert spoken(run.go_on(), run)[-1] == "StartActivity race"


def test_an_always_node_whose_input_is_on_its_way_cleans_up_once_it_is_there() -> None:
    run = ARun("a -[ended]-> z; a -> b", nodes=CLEAN_UP)
    run.stop_before("z", "b")
    run.complete("a")
    assert "StartActivity z" not in spoken(run.cancel(), run)
    assert spoken(run.show("z"), run) == ["StartActivity z"]


def test_an_input_that_is_shown_late_changes_nothing() -> None:
    run = ARun("a -> b")
    run.stop_before("b")
    run.complete("a")
    assert run.tell(InputShown(run.index("b"), 7)) == []
    run.cancel()
    assert run.tell(InputShown(run.index("b"), 1)) == []


def test_a_pause_outlives_the_moves_to_fresh_histories() -> None:
    run = ARun("a -> b; c -> d")
    run.stop_before("b", "d")
    run.complete("a")
    run.show("b")
    saved = json.loads(json.dumps(snapshot(run.state)))
    run.state = restore(run.plan, saved)
    assert snapshot(run.state) == saved
    assert spoken(run.step("b"), run) == ["s1 applied", "StartActivity b"]
    assert run.tell(PauseAsked("b1")) == []


def test_a_run_of_before_pauses_were_is_not_paused() -> None:
    run = ARun("a -> b")
    saved = snapshot(run.state)
    for name in ("paused", "pauses", "debug", "breakpoints", "due", "passing", "commands"):
        del saved[name]
    assert not restore(run.plan, saved).paused


def test_a_pause_that_comes_while_much_begins_holds_the_rest() -> None:
    run = ARun("; ".join(f"s -> n{number}" for number in range(1200)))
    assert isinstance(run.complete("s")[-1], Yield)
    run.pause()
    begun = run.status(*run.plan.index_of).count("ready")
    while run.state.yielded:
        run.tell(Resumed())
    assert run.status(*run.plan.index_of).count("ready") == begun < 1200
