"""No call of `decide` takes long or says much, however large the run."""

import pytest

from interpreter.messages import CancelRequested, Delivered, NodeCompleted
from interpreter.rules.turn import LOOK, STEPS
from tests.support.documents import a_node, a_plan
from tests.support.driving import RESULT, Driven, drive
from tests.unit.interpreter.rules.test_maps import a_map

SECONDS = 0.2
"""A tenth of what Temporal's deadlock detector allows, in processor time."""
COMMANDS = STEPS
"""What one call may say: with notes of half a kilobyte some 2.5 MB at the very worst."""
NODES = 10_000


def within_bounds(run: Driven) -> None:
    assert run.longest < SECONDS
    assert run.most <= COMMANDS


def test_ten_thousand_nodes_at_once_and_their_join() -> None:
    edges = [{"from": f"n{number}", "to": "joined"} for number in range(NODES - 1)]
    run = drive(a_plan(nodes={**{f"n{number}": {} for number in range(NODES - 1)}, "joined": {}}, edges=edges))
    within_bounds(run)
    assert run.started == NODES


def test_a_cancel_of_ten_thousand_running_nodes() -> None:
    plan = a_plan(nodes={f"n{number}": {} for number in range(NODES)})
    run = drive(plan, events=[CancelRequested()])
    within_bounds(run)
    assert run.most <= 2 * STEPS // LOOK


def test_ten_thousand_nodes_that_the_workflow_evaluates_itself() -> None:
    graph = " -> ".join(f"n{number}" for number in range(NODES))
    within_bounds(drive(a_plan(graph, nodes={f"n{number}": {"type": "transform"} for number in range(NODES)})))


def test_a_race_of_ten_thousand_losers() -> None:
    win = {"join": {"mode": "any", "cancel_rest": True}}
    edges = [{"from": f"n{number}", "to": "win"} for number in range(NODES - 1)]
    plan = a_plan(nodes={**{f"n{number}": {} for number in range(NODES - 1)}, "win": win}, edges=edges)
    run = drive(plan, events=[NodeCompleted(0, 1, RESULT)])
    assert run.longest < SECONDS
    assert run.state.nodes[1].stopping == "lost_race"


@pytest.mark.parametrize("at_once", [200, pytest.param(1_000, marks=pytest.mark.full)])
def test_a_map_over_fifty_thousand_items(at_once: int) -> None:
    run = drive(a_plan(nodes={"each": a_map(max_concurrency=at_once)}), items=50_000)
    within_bounds(run)
    assert run.started == 50_000
    assert run.state.scopes == {}


def test_thousands_of_events_each_for_the_item_with_its_key() -> None:
    waits = a_node("e", type="event", **{"with": {"name": "paid", "key": "string(index)"}})
    plan = a_plan(nodes={"each": a_map(waits)})
    events = [Delivered(str(number), "paid", str(number)) for number in range(1_000)]
    run = drive(plan, items=1_000, events=events)
    within_bounds(run)
    assert (run.state.kept, run.state.wanting) == ({}, {})
