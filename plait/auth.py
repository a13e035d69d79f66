"""Who asks, and what they may do. Knows nothing of HTTP: the API decides how a caller proves it.

A caller has one project and a set of scopes. Without keys the API is open on loopback, and everyone
is the local admin; a key is, for now, an admin of the default project.
"""

import hmac
from dataclasses import dataclass
from typing import Literal, get_args

ActorType = Literal["user", "key", "schedule", "webhook", "run", "system"]
Scope = Literal[
    "workflows:read",
    "workflows:write",
    "workflows:promote",
    "variables:write",
    "runs:read",
    "runs:read_data",
    "runs:start",
    "runs:control",
    "runs:override",
    "runs:delete",
    "gates:decide",
    "webhook_endpoints:write",
    "triggers:write",
    "models:write",
    "registry:write",
    "system:read",
]
ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
DEFAULT_PROJECT = "default"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as rows and events keep it."""

    type: ActorType
    id: str
    name: str

    def json(self) -> dict[str, str]:
        """`{type, id, name}`, the form actors have everywhere."""
        return {"type": self.type, "id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True)
class Caller:
    """The actor behind a request, its one project and what it may do.

    `open_mode` marks the local admin of an open API: a member of every group, not bound by the rule
    against approving one's own.
    """

    actor: Actor
    project: str
    scopes: frozenset[Scope]
    open_mode: bool = False


def local_caller(played: str | None = None) -> Caller:
    """Whoever reaches an open API: `local`, or the person whose part they play."""
    name = played or "local"
    return Caller(Actor("user", name, name), DEFAULT_PROJECT, ALL_SCOPES, open_mode=True)


def caller_of_key(presented: str, key: str) -> Caller | None:
    """The caller behind a key, or None if it is not the right one. Takes equally long for every wrong key."""
    if not hmac.compare_digest(presented.encode(), key.encode()):
        return None
    return Caller(Actor("key", "api_key", "API key"), DEFAULT_PROJECT, ALL_SCOPES)
