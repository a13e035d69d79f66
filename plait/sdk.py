"""What users' code imports from Plait, and the only thing it may.

from plait.sdk import tool

@tool(idempotent=True)
def vat(amount: float, rate: float = 0.2) -> float:
    \"\"\"The tax on an amount.\"\"\"
    return amount * rate
"""

from activities.agents.definition import agent
from activities.custom.context import NodeContext
from activities.custom.definition import node_type
from activities.kind import NodeError
from activities.tools.context import ToolContext, ToolError
from activities.tools.function import tool

__all__ = ["NodeContext", "NodeError", "ToolContext", "ToolError", "agent", "node_type", "tool"]
