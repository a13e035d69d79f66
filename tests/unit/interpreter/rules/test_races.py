"""`cancel_rest`: what a race that is won cancels."""

from interpreter.messages import StopNode
from tests.support.rules import ARun, spoken

RACE = {"w": {"join": {"mode": "any", "cancel_rest": True}}}


def test_a_won_race_stops_the_losers_before_the_winner_goes_on() -> None:
    run = ARun("a -> w; b -> w", nodes=RACE)
    assert spoken(run.complete("a"), run) == ["StopNode b", "StartActivity w"]
    run.stopped("b")
    assert (run.status("b"), run.reason("b")) == ("cancelled", "lost_race")


def test_a_loser_that_is_undecided_is_cancelled_at_once() -> None:
    run = ARun("a -> w; b -> c -> w", nodes=RACE)
    assert spoken(run.complete("a"), run) == ["StopNode b", "cancelled c", "StartActivity w"]
    run.stopped("b")
    run.complete("w")
    assert run.ending == "completed"


def test_what_leads_elsewhere_too_goes_on() -> None:
    run = ARun("a -> w; b -> w; b -> c", nodes=RACE)
    run.complete("a")
    run.complete("b")
    assert run.status("b", "c") == "completed ready"


def test_what_leads_elsewhere_by_an_error_edge_goes_on() -> None:
    run = ARun("a -> w; b -> w; b -[error]-> c", nodes=RACE)
    run.complete("a")
    assert run.status("b") == "ready"


def test_what_precedes_a_taken_edge_goes_on() -> None:
    run = ARun("a -> m; b -> m -> w; c -> w", nodes={**RACE, "m": {"join": {"mode": "any"}}})
    run.complete("a")
    commands = run.complete("m")
    assert [one.node for one in commands if isinstance(one, StopNode)] == [run.index("c")]


def test_what_lies_on_two_ways_to_a_taken_edge_is_looked_at_once() -> None:
    run = ARun("a -> (x, y); x -> m; y -> m; m -> w; c -> w", nodes={**RACE, "m": {"join": {"mode": "any"}}})
    run.complete("a")
    run.complete("x")
    run.complete("m")
    assert run.status("y", "w") == "ready ready"
    assert run.state.nodes[run.index("c")].stopping == "lost_race"


def test_always_nodes_are_not_cancelled() -> None:
    run = ARun("a -> w; b -> w", nodes={**RACE, "b": {"join": {"mode": "always"}}})
    assert spoken(run.complete("a"), run) == ["StartActivity w"]


def test_a_held_loser_is_cancelled() -> None:
    run = ARun("a -> w; b -> c -> w", nodes={**RACE, "b": {"on_error": "hold"}})
    run.fail("b")
    assert spoken(run.complete("a"), run) == ["cancelled b", "cancelled c", "StartActivity w"]


def test_a_loser_that_had_completed_stays_so() -> None:
    run = ARun("a -> c -> w; b -> w", nodes=RACE)
    run.complete("a")
    run.complete("b")
    assert run.status("a") == "completed"


def test_a_quorum_cancels_the_rest_when_it_is_reached() -> None:
    run = ARun("(a, b, c) -> w", nodes={"w": {"join": {"mode": "quorum", "n": 2, "cancel_rest": True}}})
    run.complete("a")
    assert spoken(run.complete("b"), run) == ["StopNode c", "StartActivity w"]


def test_a_loser_that_fails_before_it_stops_fails_nothing_further() -> None:
    run = ARun("a -> w; b -> c -> w", nodes={**RACE, "b": {"on_error": "hold"}})
    run.complete("a")
    assert run.fail("b") == []
    run.complete("w")
    assert (run.status("b", "c"), run.ending) == ("failed cancelled", "completed")


def test_a_loser_is_asked_to_stop_once() -> None:
    run = ARun("a -> w; b -> w", nodes=RACE)
    run.complete("a")
    assert [one.node for one in run.cancel() if isinstance(one, StopNode)] == [run.index("w")]
    run.stopped("b")
    assert run.reason("b") == "lost_race"
