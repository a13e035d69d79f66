"""How Temporal is asked to run an activity: what the node says, else the defaults around it."""

from functools import cache

from interpreter.catalogue import NodeType, Tool
from interpreter.document.model import Defaults, Node, Retry
from interpreter.plan.model import Dispatch

UNSAFE_METHODS = frozenset({"POST", "PATCH"})


def dispatch_of(node: Node, kind: NodeType, tool: Tool | None, defaults: Defaults) -> Dispatch:
    """The node's own fields first, then the document's defaults, the tool's, the type's."""
    retry = node.retry or _default_retry(node, kind, tool, defaults)
    tool_timeout = tool.timeout if tool else None
    return Dispatch(
        start_to_close=_first(node.timeout, defaults.timeout, tool_timeout, kind.timeout),
        schedule_to_close=node.deadline if node.deadline is not None else defaults.deadline,
        max_attempts=retry.max_attempts,
        initial_interval=retry.initial_interval,
        backoff_coefficient=retry.backoff_coefficient,
        max_interval=retry.max_interval,
        non_retryable_errors=retry.non_retryable_errors,
    )


def _default_retry(node: Node, kind: NodeType, tool: Tool | None, defaults: Defaults) -> Retry:
    """What may not be repeated unasked gets one attempt, whatever the document's defaults say."""
    if not may_repeat(node, kind, tool):
        return _attempts(1)
    return defaults.retry or _attempts(kind.max_attempts)


@cache
def _attempts(most: int) -> Retry:
    return Retry(max_attempts=most)


def may_repeat(node: Node, kind: NodeType, tool: Tool | None) -> bool:
    """Whether a second attempt does no harm: an idempotent type or tool, a safe or idempotent HTTP method."""
    if tool is not None:
        return tool.idempotent
    if node.type != "http_request":
        return kind.idempotent
    method = str(node.with_.get("method", "GET"))
    return "{{" not in method and method.strip().upper() not in UNSAFE_METHODS


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)
