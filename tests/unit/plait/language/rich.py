"""A document in which every node type and nearly every field stands, and one for each thing that may be wrong."""

import copy
from typing import Any

from interpreter.problems import PathPart

RICH: dict[str, Any] = {
    "plait": 1,
    "slug": "rich-one",
    "name": "Rich",
    "tags": ["a"],
    "input": {"type": "object", "properties": {"rows": {"type": "array"}, "text": {"type": "string"}}},
    "vars": {"limit": 3},
    "env": {"REGION": {"type": "string", "default": "eu", "description": "Where"}},
    "deadline": "14d",
    "budget": {"cost_usd": 2.5, "tokens": 1000, "seconds": 60},
    "defaults": {"timeout": "60s", "retry": {"max_attempts": 2, "initial_interval": "1s", "max_interval": 9}},
    "priority": 2,
    "concurrency": {"key": "vars.limit", "limit": 1, "when_full": "queue"},
    "expect": 300,
    "nodes": [
        {
            "id": "fetch",
            "type": "http_request",
            "with": {"url": "https://example.org/{{ env.REGION }}", "method": "GET", "expect_status": [200, 404]},
            "retry": {"max_attempts": 4, "non_retryable_errors": ["Refused"], "backoff_coefficient": 1.5},
            "timeout": "10s",
            "deadline": 60,
            "accept": "output.status == 200",
            "on_error": "hold",
        },
        {"id": "call", "type": "tool_call", "with": {"tool": "read_csv", "args": {"path": "{{ env.REGION }}"}}},
        {
            "id": "route",
            "type": "condition",
            "join": {"mode": "all"},
            "with": {"cases": [{"name": "good", "when": "nodes.fetch.output.status == 200"}], "default": "poor"},
        },
        {
            "id": "ask",
            "type": "human_gate",
            "name": "Ask",
            "with": {
                "title": "Sign off {{ vars.limit }}",
                "approvers": ["group:legal", "user:ann"],
                "quorum": 1,
                "form": {"type": "object", "properties": {"note": {"type": "string"}}},
                "show": [{"label": "Status", "value": "{{ nodes.fetch.output.status }}", "format": "text"}],
                "allow_self_approval": False,
                "remind_after": "1d",
                "escalate": [{"after": "2d", "to": "group:heads"}],
            },
            "timeout": "3d",
        },
        {"id": "nap", "type": "wait", "when": "vars.limit > 1", "with": {"for": "90s"}},
        {
            "id": "each",
            "type": "map",
            "with": {
                "items": "nodes.call.output",
                "max_concurrency": 2,
                "on_item_error": "collect",
                "nodes": [
                    {"id": "take", "type": "transform", "with": {"value": "{{ item }}"}},
                    {"id": "give", "type": "transform", "with": {"value": {"row": "{{ nodes.take.output }}"}}},
                ],
                "edges": [{"from": "take", "to": "give", "on": "success"}],
                "output": "{{ nodes.give.output }}",
            },
        },
        {
            "id": "again",
            "type": "loop",
            "with": {
                "until": "lap > 2",
                "max_iterations": 3,
                "initial": 0,
                "chain": [{"id": "step", "type": "transform", "with": {"value": "{{ lap }}"}}],
                "output": "{{ nodes.step.output }}",
            },
        },
        {"id": "meet", "type": "join", "join": {"mode": "quorum", "n": 1}, "with": {"merge": "list"}},
        {"id": "fork", "type": "parallel"},
        {"id": "stop", "type": "end", "with": {"status": "failed", "message": "No", "cancel_rest": True}},
    ],
    "edges": [
        {"from": "fetch", "to": "route"},
        {"from": "call", "to": "route"},
        {"from": "route", "to": "ask", "on": "poor"},
        {"from": "route", "to": "nap", "on": ["good"]},
        {"from": "ask", "to": "each", "on": "approved", "when": "vars.limit == 3"},
        {"from": "ask", "to": "stop", "on": ["rejected", "expired"]},
        {"from": "nap", "to": "each"},
        {"from": "each", "to": "again"},
        {"from": "again", "to": "meet", "on": ["success", "exhausted"]},
        {"from": "meet", "to": "fork"},
    ],
    "output": {"text": "{{ run.id }}"},
}


def changed(path: tuple[PathPart, ...], value: Any) -> dict[str, Any]:
    """The same with another value at a path; `...` takes away what is there."""
    document = copy.deepcopy(RICH)
    inner: Any = document
    for part in path[:-1]:
        inner = inner[part]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return document
