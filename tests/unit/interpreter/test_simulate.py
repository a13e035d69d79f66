"""What a simulation tells: the path, the waits, the output, on a virtual clock."""

from typing import Any

from interpreter.messages import Failure
from interpreter.simulate import Attempt, Script, Simulation, Vote, simulate
from tests.support.documents import a_plan

FLAKY = Failure("Broken", "it broke", retryable=True)


def path_of(found: Simulation) -> list[str]:
    return [f"{step.node} {step.status}" for step in found.path]


def test_a_simulation_tells_the_path_and_the_output() -> None:
    plan = a_plan("a -> b -> c", nodes={"b": {"when": "nodes.a.output > 3"}}, output={"x": "{{ nodes.a.output }}"})
    found = simulate(plan, None, Script({"a": (Attempt(2, seconds=4),)}))
    assert path_of(found) == ["a completed", "b skipped", "c skipped"]
    assert (found.status, found.output, found.output_known, found.seconds) == ("completed", {"x": 2}, True, 4)
    assert (found.skipped, found.flags) == (("b", "c"), ("no_terminal_executed",))
    assert found.path[1].why == {"mode": "settled", "reason": "guard", "guard": False}


def test_an_agent_gives_the_answer_that_is_scripted() -> None:
    agent = {"type": "agent_call", "with": {"agent": "writer", "task": "Write."}, "accept": "output != 'bad'"}
    plan = a_plan("a -> b", nodes={"a": agent}, output="{{ nodes.a.output }}")
    assert simulate(plan, None, Script({"a": (Attempt("good", seconds=9),)})).output == "good"
    refused = simulate(plan, None, Script({"a": (Attempt("bad"),)}))
    assert refused.error is not None
    assert (refused.status, refused.error.type) == ("failed", "NotAccepted")


def test_a_node_is_retried_as_its_policy_says() -> None:
    plan = a_plan("a", nodes={"a": {"retry": {"max_attempts": 3, "initial_interval": 2, "backoff_coefficient": 3}}})
    found = simulate(
        plan, None, Script({"a": (Attempt(failure=FLAKY, seconds=1), Attempt(failure=FLAKY, seconds=1), Attempt(7))})
    )
    assert (found.status, found.path[0].attempts, found.seconds) == ("completed", 3, 10)


def test_the_last_attempt_is_repeated_until_the_retries_are_spent() -> None:
    plan = a_plan("a", nodes={"a": {"retry": {"max_attempts": 2}}})
    found = simulate(plan, None, Script({"a": (Attempt(failure=FLAKY),)}))
    assert found.error is not None
    assert (found.status, found.error.type, found.error.attempt) == ("failed", "Broken", 2)


def test_what_is_not_retryable_is_not_retried() -> None:
    plan = a_plan("a", nodes={"a": {"retry": {"max_attempts": 9, "non_retryable_errors": ["Broken"]}}})
    assert simulate(plan, None, Script({"a": (Attempt(failure=FLAKY),)})).path[0].attempts == 1


def test_an_attempt_that_takes_too_long_times_out() -> None:
    plan = a_plan("a -[timeout]-> b", nodes={"a": {"timeout": 5, "retry": {"max_attempts": 1}}})
    found = simulate(plan, None, Script({"a": (Attempt(1, seconds=9),)}))
    assert path_of(found) == ["a failed", "b completed"]
    assert found.path[0].error is not None
    assert (found.path[0].error.details, found.seconds) == ({"limit": "attempt"}, 5)


def test_a_nodes_deadline_counts_all_its_attempts() -> None:
    plan = a_plan("a", nodes={"a": {"deadline": 6, "retry": {"max_attempts": 9}}})
    found = simulate(plan, None, Script({"a": (Attempt(failure=FLAKY, seconds=4),)}))
    assert found.path[0].error is not None
    assert (found.path[0].error.details, found.seconds) == ({"limit": "deadline"}, 6)


GATE = {"g": {"type": "human_gate", "timeout": "1h", "with": {"title": "?", "approvers": ["user:ann"], "quorum": 2}}}


NEEDS_ALL = {"g": {**GATE["g"], "with": {**GATE["g"]["with"], "reject": "all"}}}


def test_a_gate_is_decided_by_its_votes() -> None:
    plan = a_plan("g -[approved]-> b", nodes=GATE, output="{{ nodes.g.output.by.name }}")
    votes = (Vote("approved", "ann", 5), Vote("approved", "bob", 9, form={"note": "ok"}))
    found = simulate(plan, None, Script(votes={"g": votes}))
    assert (found.status, found.output, found.waits[0].until) == ("completed", "bob", 9)
    assert [step.outcome for step in found.path] == ["approved", "success"]


def test_a_gate_gives_what_people_said_and_when() -> None:
    plan = a_plan("w -> g -[approved]-> b", nodes={**NEEDS_ALL, "w": {"type": "wait", "with": {"for": "1m"}}})
    bob = {"type": "user", "id": "u2", "name": "Bob"}
    votes = (Vote("rejected", "cy", 1), Vote("approved", "ann", 5, comment="fine"), Vote("approved", bob, 9, form=1))
    (gate,) = (step for step in simulate(plan, None, Script(votes={"g": votes})).path if step.node == "g")
    assert isinstance(gate.output, dict)
    assert (gate.output["by"], gate.output["form"]) == (bob, 1)
    assert gate.output["at"] == "2026-01-01T00:01:09.000000Z"
    assert [(vote["decision"], vote["by"]["id"], vote["comment"]) for vote in gate.output["votes"]] == [
        ("rejected", "cy", None),
        ("approved", "ann", "fine"),
        ("approved", "u2", None),
    ]


def test_an_output_that_a_worker_would_refuse_is_an_attempt_that_failed() -> None:
    retry = {"max_attempts": 2, "initial_interval": 1}
    schema = {"output_schema": {"type": "string"}, "accept": "size(output) < input.most", "retry": retry}
    plan = a_plan("a", nodes={"a": schema})

    def tried(*outputs: Any) -> tuple[str | None, int]:
        script = Script({"a": tuple(map(Attempt, outputs))})
        found = simulate(
            plan, {"most": 3}, script, violations=lambda _, value: [] if isinstance(value, str) else ["no"]
        )
        return found.error and found.error.type, found.path[0].attempts

    assert tried("ab") == (None, 1)
    assert tried(7, "ab") == (None, 2)
    assert tried("abc", 7) == ("OutputInvalid", 2)
    assert tried(7, "abc") == ("NotAccepted", 2)


def test_the_edges_that_were_taken_are_known_in_every_body() -> None:
    body = {
        "nodes": [
            {"id": "x", "type": "transform", "with": {"value": "{{ item }}"}},
            {"id": "fork", "type": "parallel"},
            {"id": "y", "type": "transform", "with": {"value": 1}, "when": "nodes.x.output > 1"},
        ],
        "edges": [{"from": "x", "to": "fork"}, {"from": "fork", "to": "y"}],
    }
    nodes = {"each": {"type": "map", "with": {"items": "{{ [1, 2] }}", **body}}, "late": {"when": "false"}}
    found = simulate(a_plan("each -> late -> never", nodes=nodes))
    assert found.taken == {("each", "late"), ("fork", "y")}


def test_an_edge_to_a_node_that_is_not_decided_yet_was_taken() -> None:
    plan = a_plan(
        "a -> fork -> meet; g -> meet", nodes={**GATE, "fork": {"type": "parallel"}, "meet": {"type": "join"}}
    )
    waiting = a_plan("a -> fork -> meet; b -> meet", nodes={"fork": {"type": "parallel"}, "meet": {"type": "join"}})
    assert simulate(plan).taken >= {("a", "fork"), ("fork", "meet")}
    held = simulate(waiting, None, Script({"b": (Attempt(1, seconds=9),)}, cancel_after=1))
    assert held.taken >= {("a", "fork"), ("fork", "meet")}


def test_a_gate_without_votes_expires() -> None:
    found = simulate(a_plan("g -[expired]-> b", nodes=GATE))
    assert path_of(found) == ["g completed", "b completed"]
    assert found.seconds == 3600


def test_a_vote_of_the_same_moment_beats_the_timer() -> None:
    plan = a_plan(
        "g -[approved]-> b",
        nodes={"g": {**GATE["g"], "with": {"title": "?", "approvers": "{{ vars.who }}"}}},
        vars={"who": "x"},
    )
    assert simulate(plan, None, Script(votes={"g": (Vote("approved", after=3600),)})).status == "completed"


def test_a_run_that_only_people_can_move_is_waiting() -> None:
    found = simulate(a_plan("g -[approved]-> b", nodes={"g": {"type": "human_gate"}}))
    assert (found.status, path_of(found), found.waits[0].until) == ("waiting", ["g waiting"], None)


def test_a_held_node_leaves_the_run_waiting_with_its_error() -> None:
    found = simulate(
        a_plan("a -> b", nodes={"a": {"on_error": "hold"}}), None, Script({"a": (Attempt(failure=FLAKY),)})
    )
    assert path_of(found) == ["a held"]
    assert found.path[0].error is not None


def test_an_output_over_what_was_not_scripted_is_not_known() -> None:
    found = simulate(a_plan("a", output="{{ nodes.a.output }}"))
    assert (found.status, found.output, found.output_known) == ("completed", None, False)


def test_an_output_that_cannot_be_evaluated_fails_the_run() -> None:
    found = simulate(a_plan("a", output="{{ nodes.a.output.x }}"), None, Script({"a": (Attempt({}),)}))
    assert found.error is not None
    assert (found.status, found.error.type) == ("failed", "OutputError")


def test_without_an_output_the_terminal_nodes_that_completed_are_it() -> None:
    plan = a_plan("a -> b; a -> c", nodes={"b": {"type": "transform", "with": {"value": 3}}, "c": {"when": "false"}})
    assert simulate(plan).output == {"b": 3}


def test_a_chain_gives_its_last_nodes_output() -> None:
    plan = a_plan(chain=[{"id": "t", "type": "transform", "with": {"value": 4}}], nodes={})
    assert simulate(plan).output == 4


def test_an_end_nodes_output_is_the_runs() -> None:
    plan = a_plan("a -> e", nodes={"e": {"type": "end", "with": {"output": "{{ nodes.a.output }}"}}})
    long = "x" * 5000
    assert simulate(plan, None, Script({"a": (Attempt(long),)})).output == long


def test_values_that_the_workflow_cannot_hold_are_evaluated_all_the_same() -> None:
    long = "x" * 5000
    nodes: dict[str, Any] = {
        "t": {"type": "transform", "with": {"value": "{{ nodes.a.output }}"}},
        "u": {"type": "transform", "with": {"value": "{{ nodes.t.output + input.x + string(size(arrived)) }}"}},
        "o": {"type": "join", "with": {"merge": "object"}},
        "l": {"type": "join", "with": {"merge": "list"}},
        "f": {"type": "join", "with": {"merge": "first"}},
    }
    plan = a_plan("a -> t -> u -> (o, l, f)", nodes=nodes)
    found = simulate(plan, {"x": "y"}, Script({"a": (Attempt(long),)}))
    made = long + "y1"
    assert found.output == {"o": {"u": made}, "l": [made], "f": made}


def test_an_evaluation_that_fails_outside_fails_its_node() -> None:
    plan = a_plan("a -> t", nodes={"t": {"type": "transform", "with": {"value": "{{ arrived[0].output.x }}"}}})
    found = simulate(plan, None, Script({"a": (Attempt({}),)}))
    assert found.error is not None
    assert found.error.type == "ExpressionError"


def test_a_fact_that_is_too_large_fails_its_node() -> None:
    plan = a_plan("a -> b", nodes={"b": {"when": "nodes.a.output == input.x"}})
    found = simulate(plan, {"x": "y"}, Script({"a": (Attempt("x" * 5000),)}))
    assert found.error is not None
    assert found.error.type == "FactTooLarge"


def test_guards_may_read_the_resolved_parameters_of_a_node() -> None:
    plan = a_plan(
        "a -> b -> c",
        nodes={
            "b": {"with": {"tool": "work", "args": {"n": "{{ nodes.a.output }}"}}},
            "c": {"when": "nodes.b.input.args.n == 5"},
        },
    )
    assert path_of(simulate(plan, None, Script({"a": (Attempt(5),)})))[-1] == "c completed"


def test_parameters_that_read_what_was_not_scripted_are_not_known() -> None:
    plan = a_plan("a -> b", nodes={"b": {"with": {"tool": "work", "args": {"n": "{{ nodes.a.output }}"}}}})
    assert path_of(simulate(plan)) == ["a completed", "b completed"]


def test_waits_take_their_time() -> None:
    nodes = {
        "w": {"type": "wait", "with": {"at": "2026-01-01T01:00:00Z"}},
        "v": {"type": "wait", "with": {"at": "never"}},
    }
    found = simulate(a_plan("w -> v", nodes=nodes))
    assert (found.seconds, [wait.until for wait in found.waits]) == (3600, [3600, 3600])


def test_a_simulated_run_can_be_cancelled() -> None:
    plan = a_plan("a -> b; c -> z", nodes={"z": {"join": {"mode": "always"}}})
    found = simulate(plan, None, Script({"a": (Attempt(1, seconds=9),)}, cancel_after=3))
    assert (found.status, path_of(found)) == ("cancelled", ["c completed", "z completed", "a cancelled", "b cancelled"])


def test_the_runs_deadline_passes_on_the_virtual_clock() -> None:
    found = simulate(a_plan("a", deadline="2s"), None, Script({"a": (Attempt(1, seconds=9),)}))
    assert found.error is not None
    assert (found.status, found.error.type, found.seconds) == ("failed", "Timeout", 2)


def test_more_than_one_activation_may_decide_is_simulated_too() -> None:
    names = [f"n{number}" for number in range(600)]
    found = simulate(a_plan(" -> ".join(names), nodes={name: {"type": "transform"} for name in names}))
    assert (found.status, len(found.path)) == ("completed", 600)


def test_events_are_told_in_order() -> None:
    found = simulate(a_plan("a -> w", nodes={"w": {"type": "wait"}}))
    assert [(event["node"], event["type"], event["at"]) for event in found.events] == [
        ("a", "started", 0),
        ("a", "completed", 0),
        ("w", "waiting", 0),
        ("w", "completed", 1),
    ]
