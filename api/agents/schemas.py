"""The bodies of the agents slice."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from api.http.editing import Said
from api.http.errors import KIND
from api.http.models import ActorView, JsonObject, Order, Time, View
from plait.agents import ModelAgent, Origin, RemoteAgent
from plait.forms import Name

Named = Annotated[Name, Field(examples=["contract-reader"])]

DEFINITION = {
    "kind": "model",
    "description": "Reads contracts and names what is unusual in them.",
    "model": "smart",
    "instructions": "You read contracts for a small company. Name every clause that a lawyer should see.",
    "tools": ["read_text", "agent:compliance"],
    "needs_approval": [],
    "limits": {"max_turns": 8},
    "capabilities": ["contracts"],
}


MODEL, A2A = f"{KIND}model", f"{KIND}a2a"


def kind_of(value: Any) -> str:
    """Which of the two a body is: without a `kind` a model plays it."""
    said = value.get("kind", "model") if isinstance(value, dict) else getattr(value, "kind", "model")
    return A2A if said == "a2a" else MODEL


Definition = Annotated[
    Annotated[ModelAgent, Tag(MODEL)] | Annotated[RemoteAgent, Tag(A2A)],
    Discriminator(kind_of),
    Field(examples=[DEFINITION]),
]


class NewAgent(Order):
    """An agent that is to be stored."""

    name: Named
    definition: Definition

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "contract-reader", "definition": DEFINITION}]})


class AgentSummary(View):
    """An agent as lists show it. One from code has no number; its `hash` tells its versions apart."""

    name: str
    kind: Literal["model", "a2a"]
    description: str
    origin: Origin
    version: int | None
    hash: str
    model: str | None
    capabilities: list[str]
    tags: list[str]
    hides_code: Annotated[bool, Field(description="A worker offers one of this name, too; the stored one is used.")]


class AgentView(AgentSummary, Said):
    """An agent, whole."""

    AROUND: ClassVar[frozenset[str]] = frozenset({"version", "hides_code"})

    definition: JsonObject


class AgentList(View):
    """All of them: there are few."""

    items: list[AgentSummary]
    next_cursor: None = None


class AgentVersionView(View):
    """One version of a stored agent."""

    version: int
    hash: str
    definition: JsonObject
    by: ActorView
    at: Time


class AgentVersionList(View):
    """All versions, the newest first."""

    items: list[AgentVersionView]
    next_cursor: None = None
