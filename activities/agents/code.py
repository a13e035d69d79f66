"""The agents that this process offers: those that come with Plait, and those in users' modules."""

from types import ModuleType

from activities.agents import shipped
from activities.agents.definition import CodeAgent
from activities.modules import load_modules
from plait.agents import Definition
from plait.errors import NotReady


def code_agents(modules: str = "") -> dict[str, Definition]:
    """By name, the agents of all modules that are installed or named. One of yours takes the place of one of Plait's.

    Raises NotReady where two modules have different agents of one name.
    """
    found: dict[str, tuple[CodeAgent, str]] = {}
    for module in load_modules(modules):
        for each in agents_in(module):
            known, place = found.setdefault(each.name, (each, module.__name__))
            if known != each:
                raise NotReady(f"two agents are called {each.name}: in {place} and {module.__name__}")
    ours = {each.name: each.definition for each in agents_in(shipped)}
    return {**ours, **{name: each.definition for name, (each, _) in sorted(found.items())}}


def agents_in(module: ModuleType) -> list[CodeAgent]:
    """The agents that a module defines or imports."""
    return [value for value in vars(module).values() if isinstance(value, CodeAgent)]
