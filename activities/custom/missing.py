"""What becomes of a node whose type this worker does not offer: another may, and this one once it is deployed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from temporalio import activity
from temporalio.common import RawValue

from activities.kind import NodeContext, NodeError, NodeKind
from activities.services import Services
from activities.shell.surround import surround
from interpreter.catalogue import NodeType
from interpreter.shell.wire import NodeResult, NodeTask
from interpreter.values import Json


def surround_missing(services: Services) -> Callable[[Sequence[RawValue]], Awaitable[NodeResult]]:
    """The activity that stands for every type without one."""
    run_node = surround(MISSING, services)

    @activity.defn(dynamic=True)
    async def run_missing(given: Sequence[RawValue]) -> NodeResult:
        return await run_node(activity.payload_converter().from_payload(given[0].payload, NodeTask))

    return run_missing


async def _refuse(context: NodeContext, given: dict[str, Any]) -> Json:
    del given
    message = f"this worker does not offer the node type {context.node.node.type}"
    raise NodeError("NodeTypeNotRunning", message, category="platform", retryable=True)


MISSING = NodeKind(NodeType(name="missing", behaviour="activity"), _refuse)
"""The kind that stands for every type without one."""
