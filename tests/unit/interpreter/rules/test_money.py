"""A node that finds no money: it waits, and so does all that would begin, until there is money again."""

from interpreter.messages import BudgetMet, BudgetRaised, Command, GoOnAsked, PauseAsked
from interpreter.state import NodeStatus
from tests.support.documents import a_node
from tests.support.rules import ARun, spoken

OVER = {"limit": "cost_usd", "amount": "2"}
CLEAN_UP = {"z": {"join": {"mode": "always"}}}


def is_short(run: ARun, node: str, tried: int = 0) -> list[Command]:
    """The attempt after so many met the limit."""
    scope, index = run.place(node)
    return run.tell(BudgetMet(index, run.generation(node), tried, OVER, scope=scope))


def raised(run: ARun, command: str = "b1") -> list[str]:
    return spoken(run.tell(BudgetRaised(command)), run)


def test_the_run_pauses_once_and_the_nodes_that_met_the_limit_run_again_when_it_is_raised() -> None:
    run = ARun("a; b; c -> d")
    said = is_short(run, "a", 2)
    assert spoken(said, run) == ["paused budget"]
    assert is_short(run, "b") == []
    assert run.complete("c") == []
    assert (run.known("a").status, run.known("a").tried) == (NodeStatus.PENDING, 2)
    assert raised(run) == ["b1 applied", "goes on b1", "StartActivity a", "StartActivity b", "StartActivity d"]


def test_it_may_meet_the_limit_again_and_pauses_again() -> None:
    run = ARun("a")
    is_short(run, "a")
    raised(run)
    assert spoken(is_short(run, "a"), run) == ["paused budget"]
    assert (run.state.pauses, run.state.short) == (3, True)


def test_a_limit_that_was_met_while_a_person_had_paused_the_run_is_met_again_once_that_goes_on() -> None:
    run = ARun("a")
    run.pause()
    assert is_short(run, "a") == []
    assert raised(run) == ["b1 applied"]
    assert spoken(run.go_on(), run)[-1] == "StartActivity a"


def test_a_limit_that_is_raised_leaves_a_run_alone_that_goes_on() -> None:
    run = ARun("a")
    assert raised(run) == ["b1 applied"]
    assert raised(run) == []


def test_a_run_that_pays_for_a_sub_workflow_is_paused_with_it_until_there_is_money() -> None:
    run = ARun("a -> b")
    run.tell(PauseAsked("p1", budget=True))
    assert run.complete("a") == []
    assert raised(run) == ["b1 applied", "goes on b1", "StartActivity b"]


def test_a_person_may_have_it_go_on_and_stops_stepping_with_that() -> None:
    run = ARun("a")
    is_short(run, "a")
    assert spoken(run.tell(GoOnAsked("g1")), run) == ["g1 applied", "goes on g1", "StartActivity a"]
    assert not run.state.short


def test_a_run_that_is_cancelled_while_it_waits_for_money_ends() -> None:
    run = ARun("a -> b; z", nodes=CLEAN_UP)
    is_short(run, "a")
    said = spoken(run.cancel(), run)
    assert "cancelled a" in said
    assert not run.state.short
    assert not run.state.paused


def test_what_meets_the_limit_of_a_run_that_is_stopping_is_decided_at_once() -> None:
    run = ARun("a; b", nodes={"a": {"join": {"mode": "always"}}})
    run.cancel()
    assert spoken(is_short(run, "a"), run) == ["StartActivity a"]


def an_item_that_stops(mode: str) -> ARun:
    """An item in which something has failed, while the stop of its other nodes is still on its way."""
    last = a_node("y", join={"mode": mode})
    run = ARun("each", nodes={"each": {"type": "map", "with": {"items": "input", "nodes": [a_node("x"), last]}}})
    run.open_items("each", 1)
    run.known("each.0.y").status = NodeStatus.READY
    run.instance("each.0").ending = "failed"
    return run


def test_a_node_of_an_item_that_stops_is_left_out_and_does_not_pause_the_run() -> None:
    run = an_item_that_stops("all")
    assert "cancelled each.0.y" in spoken(is_short(run, "each.0.y"), run)
    assert not run.state.paused


def test_what_cleans_up_after_an_item_waits_for_money() -> None:
    run = an_item_that_stops("always")
    assert spoken(is_short(run, "each.0.y"), run) == ["paused budget"]


def test_a_node_that_was_asked_to_stop_or_is_of_a_generation_before_waits_for_nothing() -> None:
    run = ARun("a; b", nodes={"b": {}})
    run.fail("a")
    assert is_short(run, "b") == []
    assert run.known("b").status is not NodeStatus.PENDING
