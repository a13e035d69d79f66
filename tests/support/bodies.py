"""Nodes for tests of items and laps: short words for those that these need again and again."""

from typing import Any

from tests.support.documents import a_node


def each(items: str, *chain: dict[str, Any], **said: Any) -> dict[str, Any]:
    """A map with a chain as its body; `said` are further parameters."""
    return {"type": "map", "with": {"items": items, "chain": list(chain), **said}}


def laps(until: str, *chain: dict[str, Any], **said: Any) -> dict[str, Any]:
    """A loop of at most five laps with a chain as its body; `said` are further parameters."""
    return {"type": "loop", "with": {"until": until, "max_iterations": 5, "chain": list(chain), **said}}


def work(name: str, value: Any, **said: Any) -> dict[str, Any]:
    """A node that gives the value as its output."""
    return a_node(name, **{"with": {"tool": "work", "args": {"value": value}}, **said})


def slow(name: str, **said: Any) -> dict[str, Any]:
    """A node that takes longer than any test waits."""
    return a_node(name, **{"with": {"tool": "sleep", "args": {"seconds": 60}}, **said})


def failing(name: str, times: Any = 9, **said: Any) -> dict[str, Any]:
    """A node whose one attempt fails, unless `times` is 0; its output then is 1."""
    call = {"tool": "flaky", "args": {"failures": times}}
    return a_node(name, **{"with": call, "retry": {"max_attempts": 1}, **said})
