"""What people do by hand with a node, wherever it is."""

from interpreter.messages import NodeCompleted, Overridden, Result
from tests.support.rules import ARun, spoken


def a_held(graph: str = "a -> b") -> ARun:
    run = ARun(graph, nodes={"a": {"on_error": "hold"}})
    run.fail("a")
    return run


def test_a_retry_starts_the_next_generation() -> None:
    run = a_held()
    assert spoken(run.override("a", "retry"), run) == ["override applied", "ready a", "StartActivity a"]
    assert run.generation("a") == 2


def test_answers_of_an_earlier_generation_change_nothing() -> None:
    run = a_held()
    run.override("a", "retry")
    assert run.tell(NodeCompleted(run.index("a"), 1, Result())) == []
    assert spoken(run.complete("a"), run) == ["StartActivity b"]


def test_a_retried_node_that_fails_again_is_held_again() -> None:
    run = a_held()
    run.override("a", "retry")
    run.fail("a")
    assert run.status("a") == "held"


def test_a_retry_decides_with_what_has_settled_meanwhile() -> None:
    run = ARun("x -> a; y -> a", nodes={"a": {"join": {"mode": "any"}, "on_error": "hold"}})
    run.complete("x")
    run.complete("y")
    run.fail("a")
    run.override("a", "retry")
    arrived = run.state.nodes[run.index("a")].arrived
    assert [run.plan.edges[edge].source for edge in arrived] == [run.index("x"), run.index("y")]


def test_a_node_made_to_succeed_completes_with_the_given_output() -> None:
    run = a_held()
    commands = run.override("a", "succeed", result=Result(7, "hash"))
    assert spoken(commands, run) == ["override applied", "completed a", "StartActivity b"]
    assert run.note("a").why == {"mode": "settled", "reason": "override"}
    assert run.state.nodes[run.index("a")].size == 7


def test_a_node_made_to_succeed_needs_no_output() -> None:
    run = a_held()
    run.override("a", "succeed")
    assert run.status("a", "b") == "completed ready"


def test_a_node_skipped_by_hand_takes_its_skipped_edges() -> None:
    run = a_held("a -> b; a -[skipped]-> c")
    assert spoken(run.override("a", "skip"), run) == ["override applied", "skipped a", "skipped b", "StartActivity c"]
    assert run.reason("a") == "override"


def test_the_same_override_again_changes_nothing() -> None:
    run = a_held()
    run.override("a", "retry")
    run.fail("a")
    assert run.tell(Overridden(run.index("a"), 2, "o1", "skip")) == []


def test_an_override_that_is_not_for_a_node_that_is_there_is_refused() -> None:
    run = ARun("a -> b")
    (note,) = run.override("b", "retry")
    assert (getattr(note, "status", None), getattr(note, "reason", None)) == ("refused", "moved")


def test_an_override_of_another_generation_is_refused() -> None:
    run = a_held()
    (note,) = run.tell(Overridden(run.index("a"), 2, "o1", "skip"))
    assert getattr(note, "status", None) == "refused"


def test_a_node_that_was_not_reached_takes_no_skipped_edges_when_it_is_skipped_by_hand() -> None:
    race = {"join": {"mode": "any"}, "on_error": "hold"}
    run = ARun("a -> win -[skipped]-> b; z", nodes={"win": race})
    run.fail("a")
    assert run.status("win") == "held"
    run.override("win", "skip")
    assert run.status("win", "b") == "skipped skipped"
