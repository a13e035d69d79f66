"""Votes on gates."""

from typing import Any

import pytest

from interpreter.messages import CloseGate, GateOpened, Voted
from tests.support.rules import ARun, spoken


def a_gate(graph: str = "g -[approved]-> y; g -[rejected]-> n; g -[expired]-> e", **rule: Any) -> ARun:
    run = ARun(graph, nodes={"g": {"type": "human_gate", "timeout": "1h"}})
    run.open("g", **rule)
    return run


def closed(commands: list[Any]) -> tuple[str, tuple[str, ...]]:
    (command,) = [one for one in commands if isinstance(one, CloseGate)]
    return command.outcome, command.applied


def test_a_gate_is_opened_and_waits() -> None:
    run = ARun("g -[approved]-> y", nodes={"g": {"type": "human_gate"}})
    assert spoken(run.said, run) == ["OpenGate g"]
    assert run.status("g") == "waiting"


def test_one_approval_closes_a_gate_and_takes_its_edge() -> None:
    run = a_gate()
    assert closed(run.vote("g", "approved")) == ("approved", ("ann-approved",))
    run.complete("g", outcome="approved")
    assert run.status("y", "n", "e") == "ready skipped skipped"


def test_a_quorum_needs_as_many_votes() -> None:
    run = a_gate(quorum=2)
    assert spoken(run.vote("g", "approved", "ann"), run) == ["vote applied"]
    assert closed(run.vote("g", "approved", "bob")) == ("approved", ("ann-approved", "bob-approved"))


def test_a_quorum_for_each_group_needs_votes_from_each() -> None:
    run = a_gate(quorum={"legal": 1, "sales": 2})
    run.vote("g", "approved", "ann", groups=("legal", "sales"))
    assert spoken(run.vote("g", "approved", "bob", groups=("legal",)), run) == ["vote applied"]
    assert closed(run.vote("g", "approved", "eve", groups=("sales",)))[0] == "approved"


def test_one_rejection_rejects_by_default() -> None:
    run = a_gate(quorum=3)
    run.vote("g", "approved", "ann")
    assert closed(run.vote("g", "rejected", "bob")) == ("rejected", ("ann-approved", "bob-rejected"))


@pytest.mark.parametrize(("quorum", "needed"), [(3, 2), (2, 2), (1, 1), ({"a": 1, "b": 2}, 2)])
def test_a_majority_rejects_with_more_than_half_of_the_quorum(quorum: Any, needed: int) -> None:
    run = a_gate(quorum=quorum, reject="majority")
    for number in range(needed - 1):
        assert spoken(run.vote("g", "rejected", f"p{number}"), run) == ["vote applied"]
    assert closed(run.vote("g", "rejected", "last"))[0] == "rejected"


def test_all_must_reject_where_the_gate_says_so() -> None:
    run = a_gate(quorum=2, reject="all")
    assert spoken(run.vote("g", "rejected", "ann"), run) == ["vote applied"]
    assert closed(run.vote("g", "rejected", "bob"))[0] == "rejected"


def test_outcomes_of_the_gates_own_are_voted_for_too() -> None:
    run = ARun("g -[later]-> y", nodes={"g": {"type": "human_gate", "with": {"title": "?", "outcomes": ["later"]}}})
    run.open("g")
    assert closed(run.vote("g", "later"))[0] == "later"
    run.complete("g", outcome="later")
    assert run.status("y") == "ready"


def test_the_identical_vote_again_changes_nothing() -> None:
    run = a_gate(quorum=2)
    run.vote("g", "approved")
    assert run.vote("g", "approved") == []


def test_a_second_vote_of_the_same_person_is_refused() -> None:
    run = a_gate(quorum=2)
    run.vote("g", "approved")
    assert spoken(run.vote("g", "rejected"), run) == ["vote refused already_voted"]


def test_a_vote_for_an_outcome_that_the_gate_does_not_have_is_refused() -> None:
    assert spoken(a_gate().vote("g", "perhaps"), a_gate()) == ["vote refused unknown_outcome"]


def test_a_vote_on_a_gate_that_is_decided_is_refused_and_the_one_that_decided_is_known_again() -> None:
    run = a_gate()
    run.vote("g", "approved")
    assert spoken(run.vote("g", "rejected", "bob"), run) == ["vote refused gate_closed"]
    run.complete("g", outcome="approved")
    assert spoken(run.vote("g", "rejected", "eve"), run) == ["vote refused gate_closed"]
    assert run.vote("g", "approved") == []


def test_a_vote_on_a_gate_that_is_being_stopped_is_refused() -> None:
    run = a_gate()
    run.cancel()
    assert spoken(run.vote("g", "approved"), run) == ["vote refused gate_closed"]


def test_a_vote_on_a_node_that_is_no_gate_or_on_another_generation_is_refused() -> None:
    run = a_gate()
    assert spoken(run.tell(Voted(run.index("y"), 1, "v", "approved", "ann")), run) == ["vote refused gate_closed"]
    assert spoken(run.tell(Voted(run.index("g"), 2, "v", "approved", "ann")), run) == ["vote refused gate_closed"]


def test_votes_that_come_before_the_gates_rule_are_counted_once_it_is_known() -> None:
    run = ARun("g -[approved]-> y", nodes={"g": {"type": "human_gate"}})
    assert run.vote("g", "approved") == []
    assert run.vote("g", "approved") == []
    assert closed(run.open("g")) == ("approved", ("ann-approved",))


def test_a_gate_whose_time_is_up_expires_with_the_votes_it_had() -> None:
    run = a_gate(quorum=2)
    run.vote("g", "approved")
    assert closed(run.fire("g")) == ("expired", ("ann-approved",))
    run.complete("g", outcome="expired")
    assert run.status("y", "e") == "skipped ready"


def test_a_vote_told_before_the_timer_wins() -> None:
    run = a_gate()
    run.vote("g", "approved")
    assert run.fire("g") == []


def test_a_gate_whose_time_is_up_before_its_rule_is_known_expires_then() -> None:
    run = ARun("g -[expired]-> e", nodes={"g": {"type": "human_gate", "timeout": 1}})
    assert run.fire("g") == []
    assert closed(run.open("g"))[0] == "expired"


def test_an_early_vote_beats_an_early_timer() -> None:
    run = ARun("g -[expired]-> e; g -[approved]-> y", nodes={"g": {"type": "human_gate", "timeout": 1}})
    run.vote("g", "approved")
    run.fire("g")
    assert closed(run.open("g"))[0] == "approved"


@pytest.mark.parametrize(
    ("outcome", "kind"), [("rejected", "Rejected"), ("expired", "Expired"), ("later", "NoOutcomeEdge")]
)
def test_an_outcome_that_no_edge_takes_fails_the_gate_and_error_edges_may_take_it(outcome: str, kind: str) -> None:
    run = a_gate("g -[approved]-> y; g -[error]-> n")
    run.complete("g", outcome=outcome)
    failure = run.failure("g")
    assert (run.status("g", "n"), failure.type, failure.category) == ("failed ready", kind, "business")


def test_the_outcome_of_a_gate_that_failed_is_error_to_all_who_read_it() -> None:
    reads = "nodes.g.outcome == 'error' && nodes.g.error.type == 'Rejected'"
    run = ARun(
        "g; n",
        nodes={"g": {"type": "human_gate"}, "n": {"when": reads}},
        edges=[{"from": "g", "to": "n", "on": "error", "when": reads}],
    )
    run.complete("g", outcome="rejected")
    assert run.status("n") == "ready"


def test_a_gate_is_closed_with_the_failure_that_its_outcome_is() -> None:
    run = a_gate("g -[approved]-> y")
    (command,) = run.vote("g", "rejected")
    assert isinstance(command, CloseGate)
    assert command.failure is not None
    assert command.failure.type == "Rejected"


def test_an_approval_that_no_edge_takes_is_no_failure() -> None:
    run = a_gate("g -[rejected]-> y")
    run.complete("g", outcome="approved")
    assert run.ending == "completed"


def test_a_gates_rule_counts_once_and_only_for_a_gate_that_was_asked_for() -> None:
    run = a_gate(quorum=2)
    run.open("g", quorum=1)
    assert spoken(run.vote("g", "approved"), run) == ["vote applied"]
    assert run.tell(GateOpened(run.index("y"), 1, (), 1, "any", ())) == []


def test_votes_on_a_gate_that_could_not_open_are_refused() -> None:
    run = ARun("g -[approved]-> y; g -[error]-> n", nodes={"g": {"type": "human_gate"}})
    run.vote("g", "approved")
    assert "vote refused gate_closed" in spoken(run.fail("g"), run)


def test_votes_on_a_gate_that_was_cancelled_before_it_opened_are_refused() -> None:
    run = ARun("g -[approved]-> y", nodes={"g": {"type": "human_gate"}})
    run.vote("g", "approved")
    run.cancel()
    assert "vote refused gate_closed" in spoken(run.stopped("g"), run)


def test_a_gate_that_is_being_stopped_does_not_expire() -> None:
    run = ARun("g -[approved]-> y", nodes={"g": {"type": "human_gate"}})
    run.open("g")
    run.cancel()
    assert run.fire("g") == []
