"""External events: each goes to the node that has waited longest for its name and key, or is kept."""

from typing import Any

import pytest

from interpreter.simulate import Attempt, Inbound, Script, Simulation, simulate
from tests.support.documents import a_plan

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
