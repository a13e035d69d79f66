"""Agents by name: what one is, in which versions, and which of them a run uses. Pure.

An agent is stored in a project, or comes from code: `plait.sdk.agent` in a module of a worker's, or Plait's own. A stored
one hides one from code that has its name. `plait.store.agents` keeps them.
"""

from plait.agents.model import (
    AgentVersion,
    Definition,
    Limits,
    ModelAgent,
    Origin,
    RemoteAgent,
    Trimming,
    definition_json,
    hash_of,
    read_definition,
    text_of,
)
from plait.agents.uses import Used, Uses

__all__ = [
    "AgentVersion",
    "Definition",
    "Limits",
    "ModelAgent",
    "Origin",
    "RemoteAgent",
    "Trimming",
    "Used",
    "Uses",
    "definition_json",
    "hash_of",
    "read_definition",
    "text_of",
]
