"""The tool that does nothing: what is left is the cost of getting there and back."""

from plait.sdk import tool


@tool(idempotent=True, bound=1.0)
async def noop() -> None:
    """Do nothing."""
