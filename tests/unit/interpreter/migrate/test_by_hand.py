"""What people have said of nodes by hand, when the run goes on under another version."""

from typing import Any

from interpreter.messages import Overridden, OverriddenAhead, Result
from interpreter.migrate import Mapping, carry, report_of, told, wanted_facts
from interpreter.rules import facts_over
from interpreter.state import Wish
from tests.support.documents import a_node, a_plan
from tests.support.rules import ARun

CHILD: dict[str, Any] = {"type": "subworkflow", "with": {"workflow": "other"}}


def because(run: ARun, graph: str, **said: Any) -> str:
    """Why it is blocked; nothing if it is not."""
    entries = report_of(Mapping(run.plan, a_plan(graph, **said)), run.state).entries
    return " ".join(str(entry.because) for entry in entries if entry.change == "blocks")


def read_by(run: ARun, path: str, *reads: str) -> ARun:
    """The node is to be tried with parameters that read these nodes, once it is decided."""
    if path in run.plan.index_of:
        run.tell(Overridden(run.index(path), 0, "o1", "retry", reads=reads))
    else:
        run.tell(OverriddenAhead(path, "o1", "retry", reads=reads))
    assert path in run.state.ahead
    return run


def test_an_output_for_what_has_to_stop_first_is_told_by_the_facts_of_the_new_version() -> None:
    nodes: dict[str, Any] = {"b": CHILD, "c": {"when": "nodes.b.output > 1"}}
    run = ARun("a -> b -> c", nodes=nodes)
    run.complete("a")
    facts = facts_over(run.plan.find("b").facts, {"vars": {}, "nodes": {"b": {"output": 2}}})
    run.override("b", "succeed", result=Result(1, "hash", facts))
    more = {**nodes, "a": {"when": "input > 0"}, "d": {"when": "nodes.b.output > 7"}}
    mapping = Mapping(run.plan, a_plan("z; a -> b -> c; b -> d", nodes=more))
    state = carry(mapping, run.state)
    (was, now) = (next(iter(one.wishes.values())).result for one in (run.state, state))
    assert was is not None
    assert now is not None
    assert now.facts == {mapping.facts[fact]: value for fact, value in was.facts.items()}
    (wanted,) = (one for one in wanted_facts(mapping.new, state) if one.kind == "override")
    assert (wanted.node, wanted.path, wanted.override) == ("b", "b", "o1")
    told(state, wanted, {spec.id: ("value", True) for spec in mapping.new.find("b").facts})
    assert all(one.kind != "override" for one in wanted_facts(mapping.new, state))


def test_what_new_parameters_read_has_to_be_there_still() -> None:
    run = read_by(ARun("a -> b -> c"), "c", "a")
    run.complete("a")
    assert because(run, "b -> c") == "Its new parameters read a, and the new version has no such node in that place."
    assert because(run, "a -> b -> c -> d") == ""
    run.complete("b")
    assert run.state.given.keys() == {run.place("c")}
    assert because(run, "a -> b -> c -> d") == ""
    assert "read a" in because(run, "b -> c")
    run.complete("c")
    assert because(run, "b -> c") == ""


def test_new_parameters_of_an_item_that_is_over_stand_in_nobodys_way() -> None:
    each = {"each": {"type": "map", "with": {"items": "input", "chain": [a_node("one")], "max_concurrency": 1}}}
    run = read_by(ARun("a -> each", nodes=each), "each.0.one", "a")
    run.complete("a")
    run.open_items("each", 2)
    assert "read a" in because(run, "each", nodes=each)
    run.complete("each.0.one")
    assert because(run, "each", nodes=each) == ""
    assert carry(Mapping(run.plan, a_plan("each", nodes=each)), run.state).given == {}


def test_what_was_foretold_has_to_be_possible_in_the_new_version() -> None:
    run = ARun("a -> b -> c")
    run.override("b", "succeed", result=Result(1, "hash"))
    condition = {"b": {"type": "condition", "with": {"cases": [{"name": "yes", "when": "true"}]}}}
    assert because(run, "a -> b -[yes]-> c", nodes=condition) == (
        "It was decided by hand already. A condition has no output that could be given; skip it."
    )


def test_what_was_foretold_of_a_node_that_is_gone_or_stands_elsewhere_is_gone_too() -> None:
    run = ARun("a -> b -> c")
    run.override("b", "skip")
    inside = {"each": {"type": "map", "with": {"items": "input", "chain": [a_node("b")]}}}
    for graph, nodes in (("a -> c", {}), ("a -> each -> c", inside)):
        assert because(run, graph, nodes=nodes) == ""
        assert carry(Mapping(run.plan, a_plan(graph, nodes=nodes)), run.state).ahead == {}
    assert carry(Mapping(run.plan, a_plan("a -> b")), run.state).ahead == {"b": Wish("o1", "skip")}


def test_what_a_paused_run_is_before_and_the_new_version_lacks_is_not_waited_for() -> None:
    run = ARun("a -> b -> c")
    run.pause()
    run.complete("a")
    assert run.state.due.keys() == {run.place("b")}
    state = carry(Mapping(run.plan, a_plan("a -> c")), run.state)
    assert (state.paused, state.due) == (True, {})
