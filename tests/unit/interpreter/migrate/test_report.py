"""What a migration says of each node, and what it lets stand in the way."""

from typing import Any

from interpreter.messages import Failure
from interpreter.migrate import Mapping, carry, report_of, settle, told, wanted_facts
from interpreter.state import RunState
from tests.support.documents import a_node, a_plan
from tests.support.rules import ARun

GATE: dict[str, Any] = {"type": "human_gate"}


def changes(run: ARun, graph: str, busy: tuple[str, ...] = (), **said: Any) -> dict[str, str]:
    """What becomes of each node under this version."""
    mapping = Mapping(run.plan, a_plan(graph, **said))
    found = report_of(mapping, run.state, [run.place(path) for path in busy])
    return {entry.path: entry.change for entry in found.entries}


def because(run: ARun, graph: str, busy: tuple[str, ...] = (), **said: Any) -> str:
    """Why it is blocked."""
    mapping = Mapping(run.plan, a_plan(graph, **said))
    found = report_of(mapping, run.state, [run.place(path) for path in busy])
    assert found.blocked
    return " ".join([*found.obstacles, *(str(entry.because) for entry in found.entries if entry.change == "blocks")])


def moved(run: ARun, graph: str, **said: Any) -> RunState:
    """The run under this version."""
    mapping = Mapping(run.plan, a_plan(graph, **said))
    state = carry(mapping, run.state)
    settle(mapping, run.state, state)
    return state


def test_each_node_is_kept_changed_new_or_dropped() -> None:
    run = ARun("a -> gate -[approved]-> b -> c; gone", nodes={"gate": GATE})
    run.complete("a")
    run.complete("gone")
    said = changes(run, "a -> gate -[approved]-> b -> d", nodes={"gate": GATE, "b": {"with": {"tool": "send"}}})
    assert said == {"a": "kept", "gate": "kept", "b": "changed", "d": "new", "c": "dropped", "gone": "dropped"}


def test_what_has_ended_keeps_its_result_whatever_the_version_says() -> None:
    run = ARun("a -> b", nodes={"a": {"compensate": {"type": "tool_call", "with": {"tool": "work"}}}})
    run.complete("a")
    mapping = Mapping(run.plan, a_plan("a -> b", nodes={"a": {"with": {"tool": "send"}}}))
    (a, b) = report_of(mapping, run.state, unbegun=[run.place("b")]).entries
    assert (a.change, a.because, b.change) == ("kept", "It has ended: its result stays.", "kept")
    dropped = report_of(Mapping(run.plan, a_plan("b")), run.state).entries[-1]
    assert (dropped.node, dropped.change) == ("a", "dropped")
    assert str(dropped.because).endswith("nobody reads it or undoes it.")


def test_what_is_under_way_has_to_be_there_as_what_it_is() -> None:
    run = ARun("gate -[approved]-> b", nodes={"gate": {**GATE, "with": {**GATE_WITH, "outcomes": ["later"]}}})
    run.open("gate")
    assert "no such node" in because(run, "b")
    assert "has begun" in because(run, "gate -> b")
    assert "outcome later" in because(run, "gate -[approved]-> b", nodes={"gate": GATE})
    same = {"gate": {**GATE, "with": {**GATE_WITH, "outcomes": ["later", "never"]}}}
    assert changes(run, "gate -[approved]-> b", nodes=same)["gate"] == "kept"


GATE_WITH = {"title": "Sign off", "approvers": ["user:ann"]}


def test_an_attempt_that_runs_stands_in_the_way() -> None:
    run = ARun("a -> b")
    assert "An attempt" in because(run, "a -> b -> c", busy=("a",))


def test_an_event_is_listened_for_by_its_name_and_key() -> None:
    def event(**said: Any) -> dict[str, Any]:
        return {"e": {"type": "event", "with": {"name": "paid", **said}}}

    run = ARun("e -> b", nodes=event())
    assert "another event" in because(run, "e -> b", nodes=event(key="'x'"))
    assert "another event" in because(run, "e -> b", nodes=event(name="sent"))
    state = moved(run, "z; e -> b", nodes=event())
    assert [listener.node for listener in state.listeners.values()] == [1]
    assert state.wanting["paid", None] == [(1, (0, 1))]


def test_a_failure_that_was_handled_has_to_be_handled_still() -> None:
    run = ARun("a -[error]-> b; a -> c")
    run.fail("a")
    assert "has no edge that takes its error" in because(run, "a -> b; c")
    assert changes(run, "a -> b", nodes={"a": {"on_error": "continue"}})["a"] == "kept"
    assert changes(run, "a -> b", nodes={"b": {"join": {"mode": "any"}}})["a"] == "kept"


def test_a_run_that_stops_or_undoes_cannot_be_migrated() -> None:
    undo = {"compensate": {"type": "tool_call", "with": {"tool": "work"}}}
    run = ARun("a -> b", nodes={"a": undo})
    run.complete("a")
    run.fail("b")
    said = because(run, "a -> b", nodes={"a": undo})
    assert said.startswith("The run is stopping; it will end as failed. Something is being undone.")


def a_map(*nodes: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"each": {"type": "map", "with": {"items": "input", "chain": list(nodes), **said}}}


def test_a_map_that_runs_keeps_its_items_by_the_ids_of_its_body() -> None:
    run = ARun("each", nodes=a_map(a_node("one"), a_node("two")))
    run.open_items("each", 2)
    run.complete("each.0.one")
    assert "under way" in because(run, "each", nodes=a_map(a_node("two")))
    state = moved(run, "each", nodes=a_map(a_node("new"), a_node("one"), a_node("two")))
    (first, second) = state.scopes.values()
    assert [str(known.status) for known in first.nodes] == ["pending", "completed", "ready"]
    assert (first.id, 0) in state.bygone
    assert second.path == "each.1"


def test_a_map_that_is_no_map_any_more_stands_in_the_way() -> None:
    run = ARun("each", nodes=a_map(a_node("one")))
    run.open_items("each", 1)
    loop = {"until": "true", "max_iterations": 1, "output": 1, "chain": [a_node("one")]}
    said = because(run, "each", nodes={"each": {"type": "loop", "with": loop}})
    assert "is a map that has begun" in said


def test_an_item_that_stops_stands_in_the_way() -> None:
    run = ARun("each", nodes=a_map(a_node("one"), on_item_error="collect"))
    run.open_items("each", 1)
    run.state.scopes[1].ending, run.state.scopes[1].failure = "failed", Failure("Broken", "it broke")
    assert "It is stopping" in because(run, "each", nodes=a_map(a_node("one")))


def test_facts_that_nobody_holds_are_wanted_and_told() -> None:
    body = a_map(a_node("one", when="item > 0"), a_node("two"))
    run = ARun("a -> b; each", nodes=body, given={"n": 3})
    run.complete("a", [1, 2])
    run.open_items("each", 1, told=[5])
    more = a_map(a_node("one", when="item > 1"), a_node("two"))
    mapping = Mapping(
        run.plan, a_plan("a -> (b, c); each", nodes={**more, "c": {"when": "size(nodes.a.output) > input.n"}})
    )
    state = carry(mapping, run.state)
    wanted = wanted_facts(mapping.new, state)
    assert [(one.kind, one.node, one.path) for one in wanted] == [
        ("input", "", ""),
        ("node", "a", "a"),
        ("item", "each", "each"),
    ]
    facts = {"input": mapping.new.given, "node": mapping.new.find("a").facts, "item": mapping.new.bodies[0].given}
    for one in wanted:
        told(state, one, {spec.id: ("value", 7) for spec in facts[one.kind]})
    assert wanted_facts(mapping.new, state) == []
    settle(mapping, run.state, state)
    assert (0, mapping.new.index_of["c"]) in state.queue


def test_constants_that_change_make_all_facts_anew() -> None:
    run = ARun("a -> b", nodes={"b": {"when": "nodes.a.output > vars.least"}}, vars={"least": 1})
    run.complete("a", 5)
    assert Mapping(run.plan, a_plan("a -> b", vars={"least": 2})).facts == {}


def test_an_output_that_was_foretold_is_looked_at_under_the_new_version() -> None:
    run = ARun("a -> b -> c")
    run.override("b", "succeed")
    mapping = Mapping(run.plan, a_plan("a -> b -> c", nodes={"c": {"when": "nodes.b.output.ok"}}))
    run.state.ahead["b"].result = None
    assert wanted_facts(mapping.new, carry(mapping, run.state)) == []
