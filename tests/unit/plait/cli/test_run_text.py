"""What a terminal shows of a run."""

from typing import Any

import pytest

from plait.cli.running.runs import show_run


def node(path: str, cost: str | None) -> dict[str, Any]:
    """A node run as the API gives it."""
    told = {"path": path, "type": "llm", "status": "completed", "outcome": "success", "attempt": 1}
    return {**told, "why": None, "duration_ms": 20, "cost_usd": cost}


def run(cost: str | None, *nodes: dict[str, Any]) -> dict[str, Any]:
    """A run as the API gives it, with its nodes."""
    told = {"id": "1", "workflow": {"name": "Ask", "version": 3}, "status": "completed", "duration_ms": 1500}
    counts = {"completed_nodes": len(nodes), "total_nodes": len(nodes)}
    rest = {"message": None, "paused_before": [], "flags": [], "error": None, "output": None}
    return {**told, **counts, **rest, "cost_usd": cost, "nodes": list(nodes)}


def shown(found: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    show_run(found)
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_a_run_shows_what_models_cost_in_all_and_for_each_node(capsys: pytest.CaptureFixture[str]) -> None:
    head, columns, *nodes = shown(run("0.120025", node("a", "0.000025"), node("b", "0.12"), node("c", "0")), capsys)
    assert (head[-1], columns[-1]) == ("$0.1200", "COST")
    assert [line[-1] for line in nodes] == ["$0.000025", "$0.1200", "ms"]


def test_a_cost_that_is_not_known_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    head, _, line = shown(run(None, node("a", None)), capsys)
    assert (head[-3:], line[-3:]) == (["s", "cost", "unknown"], ["ms", "cost", "unknown"])


def test_a_run_that_asked_no_model_shows_no_cost(capsys: pytest.CaptureFixture[str]) -> None:
    head, columns, _ = shown(run("0", node("a", "0")), capsys)
    assert (head[-1], columns[-1]) == ("s", "DURATION")
