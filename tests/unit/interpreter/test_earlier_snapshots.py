"""A run that moved to a fresh history before there were items and laps goes on with today's code."""

from typing import Any

from interpreter.snapshot import restore, snapshot
from tests.support.rules import ARun

OF_OLD = (
    "run",
    "env",
    "open",
    "started",
    "yielded",
    "finished",
    "ending",
    "end",
    "overrides",
    "nodes",
    "edges",
    "faults",
    "gates",
    "failure",
)


def as_of_old(run: ARun) -> dict[str, Any]:
    """The run's snapshot as it was taken when a run had its root alone."""
    now = snapshot(run.state)
    return {
        **{name: now[name] for name in OF_OLD},
        "queue": [node for _, node in now["queue"]],
        "input_facts": now["facts"],
    }


def test_a_run_in_the_middle_of_its_graph_is_as_it_was() -> None:
    graph = "a -> (b, c) -> d -> e; sign_off -[approved]-> d"
    nodes: dict[str, Any] = {
        "sign_off": {"type": "human_gate"},
        "e": {"when": "nodes.a.output > input.least", "join": {"mode": "always"}},
    }
    run = ARun(graph, nodes=nodes, given={"least": 3})
    run.complete("a", 7)
    run.complete("b")
    assert restore(run.plan, as_of_old(run)) == run.state


def test_a_run_that_is_stopping_is_as_it_was() -> None:
    run = ARun("a -> b -> c", nodes={"c": {"join": {"mode": "always"}}})
    run.complete("a")
    run.cancel()
    assert restore(run.plan, as_of_old(run)) == run.state
