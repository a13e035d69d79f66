"""An agent: turn by turn, the calls of a turn all at once, until it has an answer, has had its turns, or fails."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpreter.messages import (
    BudgetMet,
    BudgetRaised,
    CloseGate,
    Command,
    Evaluate,
    Failure,
    OpenGate,
    OpenRegion,
    StartActivity,
    StartChild,
    StopNode,
)
from interpreter.snapshot import restore, snapshot
from tests.support.rules import TIMEOUT, ARun, spoken

CASES = [("tool", "StartActivity"), ("workflow", "StartChild"), ("agent", "OpenRegion")]


def an_agent(**said: Any) -> dict[str, Any]:
    """An agent as a node."""
    return {"type": "agent_call", "with": {"agent": "researcher", "task": "Find it."}, **said}


def a_run(graph: str = "research", *, turns: int = 3, **said: Any) -> ARun:
    """A run whose agent has begun its first turn."""
    run = ARun(graph, nodes={"research": an_agent(**said)})
    run.open_items("research", turns)
    return run


def turn(run: ARun, number: int, *calls: tuple[str, str], final: bool = False, of: str = "research") -> list[str]:
    """The end of a turn that asks for these calls, each a word and a segment."""
    asked = {"next": {"final": final, "calls": [list(call) for call in calls]}}
    return spoken(run.complete(f"{of}.turn~{number}", asked), run)


def test_an_agent_is_opened_before_its_first_turn() -> None:
    run = ARun("research", nodes={"research": an_agent()})
    assert spoken(run.said, run) == ["OpenRegion research"]
    assert spoken(run.open_items("research", 3), run) == ["StartActivity research.turn~1"]


def test_the_answer_of_a_turn_ends_the_agent() -> None:
    run = a_run("research -> b")
    assert turn(run, 1, final=True) == ["Evaluate research"]
    assert spoken(run.complete("research", "found"), run) == ["StartActivity b"]


def test_the_calls_of_a_turn_begin_at_once_and_the_next_turn_when_all_have_ended() -> None:
    run = a_run()
    assert turn(run, 1, ("tool", "search~1"), ("tool", "search~2")) == [
        "StartActivity research.turn~1.search~1",
        "StartActivity research.turn~1.search~2",
    ]
    assert spoken(run.complete("research.turn~1.search~2"), run) == []
    assert spoken(run.complete("research.turn~1.search~1"), run) == [
        "progress research",
        "StartActivity research.turn~2",
    ]


def test_a_turn_that_asks_for_nothing_that_can_be_done_is_followed_by_another() -> None:
    run = a_run()
    assert turn(run, 1)[-1] == "StartActivity research.turn~2"


def test_what_comes_after_the_most_turns_is_a_failure() -> None:
    run = a_run("research -[error]-> b", turns=2)
    turn(run, 1)
    turn(run, 2)
    assert (run.failure("research").type, run.failure("research").details) == ("TurnsExhausted", {"turns": 2})
    assert run.status("b") == "ready"


def test_a_call_in_the_last_turn_is_made_before_the_turns_are_exhausted() -> None:
    run = a_run(turns=1)
    turn(run, 1, ("tool", "search~1"))
    assert run.status("research") == "running"
    run.complete("research.turn~1.search~1")
    assert run.ending == "failed"


def test_a_turn_that_fails_fails_the_agent_with_its_own_error() -> None:
    run = a_run()
    run.fail("research.turn~1", Failure("ModelRefused", "it would not", "external"))
    assert (run.failure("research").type, run.failure("research").node) == ("ModelRefused", "research")
    assert run.failure("research").details == {"path": "research.turn~1"}


@pytest.mark.parametrize("failure", [Failure("Broken", "it broke"), TIMEOUT])
def test_a_call_that_fails_is_followed_by_the_next_turn(failure: Failure) -> None:
    run = a_run()
    turn(run, 1, ("tool", "search~1"))
    assert spoken(run.fail("research.turn~1.search~1", failure), run)[-1:] == ["StartActivity research.turn~2"]


@pytest.mark.parametrize(("word", "begun"), CASES)
def test_a_call_begins_as_what_it_calls_does(word: str, begun: str) -> None:
    assert turn(a_run(), 1, (word, "helper~1"))[-1] == f"{begun} research.turn~1.helper~1"


@pytest.mark.parametrize(("word", "begun"), CASES)
def test_a_call_that_wants_an_approval_begins_when_it_is_approved(word: str, begun: str) -> None:
    run, gate = a_run(), "research.turn~1.helper~1.approval"
    assert turn(run, 1, (f"{word}!", "helper~1"))[-1] == f"OpenGate {gate}"
    run.open(gate)
    assert spoken(run.vote(gate, "approved"), run) == [f"CloseGate {gate}"]
    assert spoken(run.complete(gate, outcome="approved"), run) == [f"{begun} research.turn~1.helper~1"]


def test_a_call_that_is_rejected_is_left_out_and_the_next_turn_follows() -> None:
    run, gate = a_run(), "research.turn~1.pay~1.approval"
    turn(run, 1, ("tool!", "pay~1"))
    run.open(gate)
    run.vote(gate, "rejected")
    assert spoken(run.complete(gate, outcome="rejected"), run) == [
        "skipped research.turn~1.pay~1",
        "progress research",
        "StartActivity research.turn~2",
    ]


def test_an_agent_that_is_called_has_turns_of_its_own() -> None:
    run = a_run()
    turn(run, 1, ("agent", "writer~1"))
    called = "research.turn~1.writer~1"
    assert spoken(run.open_items(called, 2), run) == [f"StartActivity {called}.turn~1"]
    turn(run, 1, ("agent", "editor~1"), of=called)
    inner = f"{called}.turn~1.editor~1"
    assert spoken(run.open_items(inner, 2), run) == [f"StartActivity {inner}.turn~1"]
    assert turn(run, 1, final=True, of=inner) == [f"Evaluate {inner}"]
    assert spoken(run.complete(inner, "edited"), run)[-1] == f"StartActivity {called}.turn~2"


def test_a_called_agent_that_exhausts_its_turns_does_not_fail_the_one_that_called_it() -> None:
    run = a_run()
    turn(run, 1, ("agent", "writer~1"))
    run.open_items("research.turn~1.writer~1", 1)
    assert turn(run, 1, of="research.turn~1.writer~1") == [
        "failed research.turn~1.writer~1",
        "progress research",
        "StartActivity research.turn~2",
    ]


def test_a_cancel_stops_what_runs_and_then_the_agent() -> None:
    run = a_run()
    turn(run, 1, ("tool", "search~1"), ("tool", "search~2"))
    assert [each for each in spoken(run.cancel(), run) if each.startswith("StopNode")] == [
        "StopNode research.turn~1.search~1",
        "StopNode research.turn~1.search~2",
    ]
    run.stopped("research.turn~1.search~1")
    run.stopped("research.turn~1.search~2")
    assert (run.status("research"), run.ending) == ("cancelled", "cancelled")


def test_the_deadline_of_an_agent_is_that_of_the_whole() -> None:
    run = a_run(deadline=60)
    assert "StartTimer research" in spoken(run.said, run)
    run.fire("research")
    run.stopped("research.turn~1")
    assert (run.failure("research").type, run.failure("research").details) == ("Timeout", {"limit": "deadline"})


def test_timeout_and_retry_hold_for_each_turn_and_call() -> None:
    plan = ARun("research", nodes={"research": an_agent(timeout=7, deadline=60, retry={"max_attempts": 5})}).plan
    found = [plan.find("research", step).dispatch for step in ("turn", "tool")]
    assert [(each.start_to_close, each.schedule_to_close, each.max_attempts) for each in found if each] == [
        (7, None, 5),
        (7, None, 5),
    ]


def test_an_agent_that_failed_and_is_held_can_be_tried_again() -> None:
    run = a_run(on_error="hold")
    run.fail("research.turn~1")
    assert run.status("research") == "held"
    assert "OpenRegion research" in spoken(run.override("research", "retry"), run)
    assert spoken(run.open_items("research", 3), run) == ["StartActivity research.turn~1"]
    assert run.generation("research.turn~1") == 2


def test_a_pause_holds_the_next_turn_and_lets_what_runs_go_on() -> None:
    run = a_run()
    run.pause()
    turn(run, 1, ("tool", "search~1"))
    assert run.status("research.turn~1.search~1") == "pending"
    run.show("research.turn~1.search~1")
    assert "StartActivity research.turn~1.search~1" in spoken(run.go_on(), run)


def test_a_turn_that_there_is_no_money_for_runs_once_there_is() -> None:
    run = a_run()
    turn(run, 1)
    scope, node = run.place("research.turn~2")
    run.tell(BudgetMet(node, 1, 0, {"limit": "tokens"}, scope=scope))
    assert (run.state.paused, run.status("research.turn~2")) == (True, "pending")
    assert spoken(run.tell(BudgetRaised("b1")), run)[-1] == "StartActivity research.turn~2"


def test_a_breakpoint_at_an_agent_stops_before_it_and_not_before_its_turns() -> None:
    run = ARun("a -> research", nodes={"research": an_agent()})
    run.stop_before("research")
    run.complete("a")
    run.show("research")
    run.go_on()
    assert spoken(run.open_items("research", 3), run) == ["StartActivity research.turn~1"]


def test_an_agent_goes_on_from_its_state_as_json_with_all_that_is_open_in_it() -> None:
    run = a_run()
    turn(run, 1, ("tool", "search~1"), ("tool!", "pay~1"), ("agent", "writer~1"))
    run.open_items("research.turn~1.writer~1", 2)
    run.state = restore(run.plan, json.loads(json.dumps(snapshot(run.state))))
    run.complete("research.turn~1.search~1")
    run.open("research.turn~1.pay~1.approval")
    run.vote("research.turn~1.pay~1.approval", "rejected")
    run.complete("research.turn~1.pay~1.approval", outcome="rejected")
    turn(run, 1, final=True, of="research.turn~1.writer~1")
    assert spoken(run.complete("research.turn~1.writer~1"), run)[-1:] == ["StartActivity research.turn~2"]


ASKED = StartActivity | StartChild | OpenGate | OpenRegion | Evaluate | CloseGate
WORDS = [f"{kind}{mark}" for kind in ("tool", "workflow", "agent") for mark in ("", "!")]


def answer(run: ARun, command: Command, data: st.DataObject) -> list[Command]:
    """Something that the world may answer to a command."""
    assert isinstance(command, ASKED)
    scope = run.state.scope(command.scope)
    planned = run.plan.region(scope.region).nodes[command.node]
    path = scope.path_of(planned.segment)
    match command:
        case OpenRegion():
            return run.open_items(path, data.draw(st.integers(1, 3)))
        case OpenGate():
            run.open(path)
            return run.vote(path, data.draw(st.sampled_from(["approved", "rejected"])))
        case CloseGate():
            return run.complete(path, outcome=command.outcome)
        case _ if data.draw(st.integers(0, 5)) == 0:
            return run.fail(path)
        case _ if planned.step == "turn":
            deep = path.count("turn~") > 2
            words = data.draw(st.lists(st.sampled_from(WORDS[:4] if deep else WORDS), max_size=3))
            called = [[word, f"helper~{number}"] for number, word in enumerate(words, 1)]
            final = not words and data.draw(st.booleans())
            return run.complete(path, {"next": {"final": final, "calls": called}})
        case _:
            return run.complete(path)


@settings(max_examples=150)
@given(st.data())
def test_whatever_models_tools_and_people_do_an_agent_ends_and_its_state_survives_as_json(data: st.DataObject) -> None:
    run = ARun("research", nodes={"research": an_agent()})
    waiting, cancel_at = list(run.said), data.draw(st.none() | st.integers(0, 15))
    for step in range(3_000):
        if run.end is not None:
            break
        said: list[Command] = run.cancel() if step == cancel_at else []
        open_now = [command for command in waiting if isinstance(command, ASKED)]
        if step != cancel_at:
            assert open_now, "something is under way while the run has not ended"
            chosen = data.draw(st.sampled_from(open_now))
            waiting.remove(chosen)
            said = answer(run, chosen, data)
        for stop in [command for command in said if isinstance(command, StopNode)]:
            waiting = [each for each in waiting if not isinstance(each, ASKED) or _place(each) != _place(stop)]
            scope = run.state.scope(stop.scope)
            planned = run.plan.region(scope.region).nodes[stop.node]
            said += run.stopped(scope.path_of(planned.segment))
        waiting += said
        run.state = restore(run.plan, json.loads(json.dumps(snapshot(run.state))))
    assert run.ending in {"completed", "failed", "cancelled"}
    assert (run.state.open, run.state.scopes) == (0, {})


def _place(command: Any) -> tuple[int, int]:
    return command.scope, command.node
