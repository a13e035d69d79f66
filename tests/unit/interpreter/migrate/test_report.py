"""What a migration says of each node, and what it lets stand in the way."""

from typing import Any

from interpreter.messages import Failure, MigrationAsked, NoteNode, Result, Resumed
from interpreter.migrate import Mapping, carry, report_of, settle, told, wanted_facts
from interpreter.rules import decide
from interpreter.state import NodeStatus, RunState
from tests.support.documents import a_node, a_plan
from tests.support.rules import ARun, spoken

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


def test_an_agent_goes_on_under_a_version_that_has_it_too() -> None:
    agent = {"type": "agent_call", "with": {"agent": "researcher", "task": "Find it."}}
    run = ARun("research", nodes={"research": agent})
    run.open_items("research", 3)
    asked = {"next": {"final": False, "calls": [["tool!", "pay~1"], ["agent", "writer~1"]]}}
    run.complete("research.turn~1", asked)
    run.open("research.turn~1.pay~1.approval")
    run.open_items("research.turn~1.writer~1", 2)
    assert changes(run, "a -> research", nodes={"research": agent}) == {"a": "new", "research": "kept"}
    assert "no such node" in because(run, "a")
    run.state = moved(run, "z -> each; research -> b", nodes={"each": a_map(a_node("one"))["each"], "research": agent})
    run.plan = a_plan("z -> each; research -> b", nodes={"each": a_map(a_node("one"))["each"], "research": agent})
    assert (run.status("research.turn~1.pay~1.approval"), run.status("research.turn~1.writer~1.turn~1")) == (
        "waiting",
        "ready",
    )
    run.complete("research.turn~1.writer~1.turn~1", {"next": {"final": True, "calls": []}})
    run.complete("research.turn~1.writer~1")
    run.vote("research.turn~1.pay~1.approval", "rejected")
    run.complete("research.turn~1.pay~1.approval", outcome="rejected")
    assert run.status("research.turn~2") == "ready"


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


def test_an_event_that_is_being_given_is_wanted_by_nobody_else() -> None:
    run = ARun("e -> b", nodes={"e": {"type": "event", "with": {"name": "paid"}}})
    run.deliver("e1")
    state = moved(run, "z; e -> b", nodes={"e": {"type": "event", "with": {"name": "paid"}}})
    assert (list(state.listeners), state.wanting) == ([(0, 1)], {})


def test_a_gate_keeps_its_votes() -> None:
    run = ARun("gate -[approved]-> b", nodes={"gate": GATE})
    run.open("gate", quorum=2)
    run.vote("gate", "approved")
    state = moved(run, "z -> b; gate -[approved]-> b", nodes={"gate": GATE})
    (gate,) = state.gates.values()
    assert [(vote.node, vote.by) for vote in gate.votes] == [(next(iter(state.gates)), "ann")]


def test_new_edges_behind_what_ended_settle_as_it_ended() -> None:
    graph = "done; off; x -[error]-> y; race; late"
    nodes: dict[str, Any] = {"off": {"when": "false"}}
    run = ARun(graph, nodes=nodes)
    run.complete("done")
    run.fail("x")
    run.state.nodes[run.index("race")].status = NodeStatus.CANCELLED
    more = "done -> a; off -[skipped]-> b; x -[error]-> (y, c); race -> d; race -[ended]-> e; late"
    state = moved(run, more, nodes=nodes)
    plan = a_plan(more, nodes=nodes)
    edges = {
        (plan.nodes[edge.source].id, plan.nodes[edge.target].id): str(state.edges[edge.index]) for edge in plan.edges
    }
    assert edges == {
        ("done", "a"): "taken", ("off", "b"): "taken", ("x", "y"): "taken", ("x", "c"): "taken",
        ("race", "d"): "failed", ("race", "e"): "taken",
    }  # fmt: skip
    assert [plan.nodes[node].id for _, node in sorted(set(state.queue))] == ["a", "b", "c", "d", "e"]


def test_a_dead_path_stays_dead_behind_it() -> None:
    run = ARun("a -[error]-> b; a -> c")
    run.complete("a")
    state = moved(run, "a -[error]-> b -[skipped]-> d; a -> c")
    plan = a_plan("a -[error]-> b -[skipped]-> d; a -> c")
    assert str(state.edges[next(edge.index for edge in plan.edges if plan.nodes[edge.target].id == "d")]) == "dead"


def test_an_item_that_failed_and_is_kept_to_be_undone_stands_in_nobodys_way() -> None:
    undo = {"compensate": {"type": "tool_call", "with": {"tool": "work"}}}
    body = a_map(a_node("one", **undo), a_node("two"), max_concurrency=1, on_item_error="collect")
    run = ARun("each", nodes=body)
    run.open_items("each", 2)
    run.complete("each.0.one", 1)
    run.fail("each.0.two")
    assert [(scope.path, scope.ending) for scope in run.state.scopes.values()] == [
        ("each.0", "failed"),
        ("each.1", None),
    ]
    assert "blocks" not in changes(run, "each", nodes=body).values()


def test_an_item_that_is_kept_to_be_undone_goes_with_its_map() -> None:
    undo = {"compensate": {"type": "tool_call", "with": {"tool": "work"}}}
    run = ARun("each -> after", nodes=a_map(a_node("one", **undo), max_concurrency=1))
    run.open_items("each", 1)
    run.complete("each.0.one", 1)
    assert run.state.scopes
    state = moved(run, "after")
    assert state.scopes == {}


def test_what_was_decided_and_not_begun_is_decided_anew() -> None:
    run = ARun("a -> b; a -> gate -[approved]-> z", nodes={"gate": GATE})
    run.complete("a")
    unbegun = {run.place("b"): None, run.place("gate"): None}
    new = a_plan("a -> c -> b; a -> gate -[approved]-> z", nodes={"gate": GATE})
    mapping = Mapping(run.plan, new)
    assert not report_of(mapping, run.state, (), unbegun).blocked
    state = carry(mapping, run.state, unbegun)
    settle(mapping, run.state, state, unbegun)
    assert [str(state.nodes[new.index_of[name]].status) for name in ("b", "gate")] == ["pending", "pending"]
    assert (state.gates, state.bygone) == ({}, {})


def test_items_are_asked_for_again_where_the_new_body_reads_more_of_them() -> None:
    body = a_map(a_node("one", when="item > 0"), max_concurrency=1)
    run = ARun("each", nodes=body)
    run.open_items("each", 3, told=[1, 2, 3])
    again = moved(run, "each", nodes=body)
    assert again.repeats[0].facts.keys() == {1, 2}
    state = moved(run, "each", nodes=a_map(a_node("one", when="item > 7"), max_concurrency=1))
    assert (state.repeats[0].facts, state.repeats[0].known, state.queue) == ({}, 1, [(0, 0)])


def test_the_facts_of_a_lap_and_of_what_was_foretold_are_wanted_where_they_lie() -> None:
    def loop(when: str) -> dict[str, Any]:
        said = {"until": "false", "max_iterations": 3, "output": 1, "chain": [a_node("one", when=when), a_node("two")]}
        return {"again": {"type": "loop", "with": said}}

    run = ARun("again; x -> b -> c", nodes=loop("true"))
    run.open_items("again", 1)
    run.override("b", "succeed", result=Result(1, "hash"))
    run.state.scopes[1].nodes[0].status = NodeStatus.PENDING
    nodes = {**loop("prev == null"), "c": {"when": "nodes.b.output.ok"}}
    mapping = Mapping(run.plan, a_plan("again; x -> b -> c", nodes=nodes))
    state = carry(mapping, run.state)
    lap, foretold = wanted_facts(mapping.new, state)
    assert (lap.kind, lap.path, lap.key) == ("lap", "again", 1)
    assert (foretold.kind, foretold.path, foretold.override) == ("override", "b", "o1")
    told(state, foretold, {spec.id: ("value", True) for spec in mapping.new.find("b").facts})
    assert wanted_facts(mapping.new, state) == [lap]


def test_a_migration_is_asked_for_once_and_not_of_a_run_that_stops() -> None:
    run = ARun("a")
    assert spoken(run.tell(MigrationAsked("m1")), run) == ["migrate m1"]
    assert run.tell(MigrationAsked("m1")) == []
    run.cancel()
    (note,) = run.tell(MigrationAsked("m2"))
    assert getattr(note, "status", None) == "refused"


def test_a_late_node_is_skipped_and_leads_nowhere() -> None:
    run = ARun("a -> b -> c")
    run.complete("a")
    plan = a_plan("a -> x -> b -> c; x -[skipped]-> y")
    mapping = Mapping(run.plan, plan)
    state = carry(mapping, run.state)
    settle(mapping, run.state, state)
    assert state.bygone == {}
    only = a_plan("a -> x -> b -> c")
    mapping = Mapping(run.plan, only)
    state = carry(mapping, run.state)
    settle(mapping, run.state, state)
    said = decide(only, state, Resumed())
    assert [(one.path, one.event, one.why["reason"]) for one in said if isinstance(one, NoteNode) and one.why] == [
        ("x", "skipped", "migrated")
    ]
