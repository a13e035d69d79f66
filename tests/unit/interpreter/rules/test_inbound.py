"""External events: each goes to the node that has waited longest for its name and key, or is kept."""

from typing import Any

import pytest

from interpreter.simulate import Attempt, Inbound, Script, Simulation, simulate
from tests.support.documents import a_node, a_plan
from tests.support.rules import ARun, spoken
from tests.unit.interpreter.rules.test_maps import a_map

ORDER: dict[str, Any] = {"type": "event", "with": {"name": "payment", "key": "input.order"}}
ANY: dict[str, Any] = {"type": "event", "with": {"name": "payment"}}


def outputs(found: Simulation) -> Any:
    assert found.status == "completed", found.error
    return found.output


def sent(*events: Inbound) -> Script:
    return Script({"a": (Attempt(0, seconds=5),)}, events=events)


@pytest.mark.parametrize(("order", "key"), [("order-7", "order-7"), (7, "7"), (7.0, "7"), (True, "true")])
def test_a_node_with_a_key_has_the_event_with_that_text(order: Any, key: str) -> None:
    plan = a_plan("paid", nodes={"paid": ORDER}, output={"got": "{{ nodes.paid.output }}"})
    events = (
        Inbound("payment", 1, "other"),
        Inbound("payment", 2),
        Inbound("refund", 3, key),
        Inbound("payment", 4, key),
    )
    assert outputs(simulate(plan, {"order": order}, sent(*events))) == {"got": 4}


def test_a_node_without_a_key_has_the_first_event_of_its_name() -> None:
    plan = a_plan("paid", nodes={"paid": ANY}, output={"got": "{{ nodes.paid.output }}"})
    assert outputs(simulate(plan, None, sent(Inbound("refund", 1, "k"), Inbound("payment", 2, "k")))) == {"got": 2}


@pytest.mark.parametrize("given", [{"order": None}, {}])
def test_a_key_that_comes_to_nothing_fails_the_node(given: dict[str, Any]) -> None:
    found = simulate(a_plan("paid", nodes={"paid": ORDER}), given, sent(Inbound("payment", 1)))
    assert found.error is not None
    assert (found.status, found.error.type, found.error.node) == ("failed", "ExpressionError", "paid")


def test_an_event_that_comes_early_is_kept_for_the_node_that_will_wait() -> None:
    plan = a_plan("a -> paid", nodes={"paid": ANY}, output={"got": "{{ nodes.paid.output }}"})
    found = simulate(plan, None, sent(Inbound("payment", 1, at=1), Inbound("payment", 2, at=2)))
    assert (outputs(found), found.seconds) == ({"got": 1}, 5)


def test_who_has_waited_longest_has_the_first_event() -> None:
    got = {"first": "{{ nodes.first.output }}", "second": "{{ nodes.second.output }}"}
    plan = a_plan("a -> second; first", nodes={"first": ANY, "second": ANY}, output=got)
    found = simulate(plan, None, sent(Inbound("payment", 1, at=9), Inbound("payment", 2, at=10)))
    assert outputs(found) == {"first": 1, "second": 2}


# Told of by the run itself

WAITS: dict[str, Any] = {"type": "event", "with": {"name": "paid"}}
LIMITED: dict[str, Any] = {**WAITS, "timeout": 5}


def test_an_event_that_is_told_again_before_it_was_taken_changes_nothing() -> None:
    run = ARun("a -> e", nodes={"e": WAITS})
    run.deliver("1")
    assert run.deliver("1") == []
    run.complete("a")
    assert run.deliver("1") == []
    assert list(run.state.kept) == ["1"]


def test_nothing_is_held_of_an_event_that_was_taken() -> None:
    run = ARun("e; b", nodes={"e": WAITS})
    run.deliver("1")
    run.complete("e")
    assert (run.state.kept, run.state.listeners, run.state.wanting) == ({}, {}, {})


def test_a_node_whose_event_broke_its_schema_waits_on_in_its_old_place() -> None:
    run = ARun("first; second", nodes={"first": WAITS, "second": WAITS})
    assert spoken(run.deliver("1"), run) == ["TakeEvent first"]
    assert run.refuse("first", "1") == []
    assert spoken(run.deliver("2"), run) == ["TakeEvent first"]


def test_a_node_whose_event_broke_its_schema_takes_the_next_that_is_kept() -> None:
    run = ARun("e", nodes={"e": WAITS})
    run.deliver("1")
    run.deliver("2")
    assert spoken(run.refuse("e", "1"), run) == ["TakeEvent e"]


def test_a_refusal_of_another_event_changes_nothing() -> None:
    run = ARun("e", nodes={"e": WAITS})
    run.deliver("1")
    assert run.refuse("e", "7") == []
    assert list(run.state.kept) == ["1"]


def test_a_node_that_fails_with_its_event_waits_no_more() -> None:
    run = ARun("e -[error]-> b; c", nodes={"e": WAITS})
    run.deliver("1")
    run.fail("e")
    assert run.deliver("2") == []
    assert run.state.listeners == {}


def test_a_node_whose_time_is_up_fails_with_timeout() -> None:
    run = ARun("e -[timeout]-> b", nodes={"e": LIMITED})
    run.fire("e")
    assert (run.failure("e").details, run.status("b")) == ({"limit": "wait"}, "ready")
    assert run.note("e").edges == ()


def test_an_event_that_is_being_taken_when_the_time_is_up_counts() -> None:
    run = ARun("e -> b", nodes={"e": LIMITED})
    run.deliver("1")
    assert run.fire("e") == []
    run.complete("e")
    assert run.status("e", "b") == "completed ready"


def test_an_event_that_is_refused_after_the_time_is_up_ends_the_wait() -> None:
    run = ARun("e -[timeout]-> b", nodes={"e": LIMITED})
    run.deliver("1")
    run.fire("e")
    run.refuse("e", "1")
    assert run.status("e", "b") == "failed ready"


def test_a_cancel_takes_a_node_out_of_the_queue() -> None:
    run = ARun("e; z", nodes={"e": LIMITED, "z": {**WAITS, "join": {"mode": "always"}}})
    assert spoken(run.cancel(), run) == ["stopping cancelled", "StopTimer e", "cancelled e"]
    assert spoken(run.deliver("1"), run) == ["TakeEvent z"]


def test_a_cancel_waits_for_the_answer_of_who_is_being_given_an_event() -> None:
    run = ARun("e", nodes={"e": WAITS})
    run.deliver("1")
    assert spoken(run.cancel(), run) == ["stopping cancelled"]
    run.complete("e")
    assert (run.status("e"), run.ending) == ("completed", "cancelled")


def test_a_refused_event_lets_a_cancel_go_on() -> None:
    run = ARun("e", nodes={"e": WAITS})
    run.deliver("1")
    run.cancel()
    assert spoken(run.refuse("e", "1"), run) == ["cancelled e", "finish cancelled"]


def test_of_those_with_its_key_and_those_without_any_the_longest_waiting_has_the_event() -> None:
    keyed = {**WAITS, "with": {"name": "paid", "key": "'k'"}}
    run = ARun("a -> any; b -> mine; c -> late", nodes={"any": WAITS, "mine": keyed, "late": WAITS})
    for before in ("a", "b", "c"):
        run.complete(before)
    assert spoken(run.deliver("1", key="k"), run) == ["TakeEvent any"]
    assert spoken(run.deliver("2", key="k"), run) == ["TakeEvent mine"]
    assert spoken(run.deliver("3", key="k"), run) == ["TakeEvent late"]


def test_each_item_of_a_map_has_the_event_with_its_key() -> None:
    waits = a_node("e", type="event", **{"with": {"name": "paid", "key": "string(index)"}})
    run = ARun("each", nodes={"each": a_map(waits)})
    run.open_items("each", 3)
    assert spoken(run.deliver("1", key="2"), run) == ["TakeEvent each.2.e"]
    assert spoken(run.deliver("2", key="0"), run) == ["TakeEvent each.0.e"]


def test_a_race_that_is_won_takes_its_losers_out_of_the_queue() -> None:
    run = ARun("(e, a) -> win", nodes={"e": WAITS, "win": {"join": {"mode": "any", "cancel_rest": True}}})
    run.complete("a")
    assert (run.status("e"), run.reason("e"), run.state.listeners) == ("cancelled", "lost_race", {})


def test_a_node_that_fails_without_an_event_waits_no_more_either() -> None:
    run = ARun("e -[error]-> b; c", nodes={"e": WAITS})
    run.fail("e")
    assert (run.deliver("1"), run.state.listeners) == ([], {})
