"""The versions of agents that a run resolved at its start."""

from activities.kind import NodeError
from activities.patience import patiently
from activities.services import Services
from plait.agents import Definition, Uses


async def version_in(services: Services, project: str, uses: Uses, name: str) -> Definition:
    """The agent as the run knows it, whatever has become of it since. Raises NodeError `AgentNotFound`."""
    used = uses.agents.get(name)
    found = None if used is None else await patiently(lambda: services.agents.find(project, name, used.hash))
    if found is None:
        raise NodeError("AgentNotFound", f"there is no agent {name}", category="input")
    return found
