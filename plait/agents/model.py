"""What an agent is, as data: one that a model plays here, or one that answers elsewhere over A2A."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from interpreter.values import canonical, digest
from plait.addresses import is_address
from plait.forms import Form, Name, SecretName

Origin = Literal["stored", "code"]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[tuple[Word, ...], Strict(strict=False)]


class Part(BaseModel):
    """Base of everything that a definition says: strict, and without fields that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Limits(Part):
    """How far an agent may go. `max_tokens` is of one answer of its model."""

    max_turns: int = Field(default=10, ge=1, le=100)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)


class Trimming(Part):
    """What of a long conversation the model still sees: the task, and the newest turns that fit both limits. A call
    and its result are never parted. None is no limit.
    """

    turns: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=500)


class Described(Part):
    """What every agent says of itself."""

    description: str = Field(default="", max_length=2000)
    capabilities: Words = Field(default=(), max_length=50)
    tags: Words = Field(default=(), max_length=50)
    output_schema: dict[str, Any] | None = None


class ModelAgent(Described):
    """An agent that a model plays. Its `instructions` are text as it stands: no template is evaluated in them.

    `tools` are names of tools, `workflow:SLUG` and `agent:NAME`; those in `needs_approval` wait for one of
    the `approvers` before each call. `hand_over` are the agents that it may leave the conversation to.
    """

    kind: Literal["model"] = "model"
    model: Annotated[str, Field(min_length=1, max_length=200)]
    instructions: str = Field(default="", max_length=100_000)
    tools: Words = Field(default=(), max_length=100)
    needs_approval: Words = Field(default=(), max_length=100)
    approvers: Words = Field(default=("role:admin",), min_length=1, max_length=50)
    hand_over: Annotated[tuple[Name, ...], Strict(strict=False)] = Field(default=(), max_length=20)
    limits: Limits = Limits()
    trim: Trimming = Trimming()

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents that it may ask or leave the conversation to, each once."""
        asked = [name.removeprefix("agent:") for name in self.tools if name.startswith("agent:")]
        return tuple(dict.fromkeys((*asked, *self.hand_over)))


def wellformed_address(url: str) -> str:
    """An address at which an agent can answer."""
    if not is_address(url):
        wanted = "write the address as https://agents.example.com, without a name or password in it"
        raise PydanticCustomError("address_invalid", wanted)
    return url


class RemoteAgent(Described):
    """An agent that answers elsewhere, over A2A: at `url` is its card. `secret` names the bearer token, if it wants one."""

    kind: Literal["a2a"]
    url: Annotated[
        str,
        Field(max_length=2000),
        Form(r"https?://.*", "Write the address with http:// or https://."),
        AfterValidator(wellformed_address),
    ]
    secret: SecretName | None = None

    @property
    def agents(self) -> tuple[str, ...]:
        """It asks nobody here."""
        return ()


Definition = ModelAgent | RemoteAgent


def read_definition(value: Any) -> Definition:
    """A definition from JSON; without a `kind` a model plays it. Raises pydantic's ValidationError."""
    remote = isinstance(value, dict) and value.get("kind") == "a2a"
    return (RemoteAgent if remote else ModelAgent).model_validate(value)


def definition_json(definition: Definition) -> dict[str, Any]:
    """What the definition says, without what it leaves as it is; `kind` is always there."""
    return {"kind": definition.kind, **definition.model_dump(mode="json", exclude_defaults=True)}


def text_of(definition: Definition) -> str:
    """The definition as it is kept: text, so that schemas keep the order of their fields."""
    return json.dumps(definition_json(definition), ensure_ascii=False, separators=(",", ":"))


def hash_of(definition: Definition) -> str:
    """Differs where the definition does."""
    return digest(canonical(definition_json(definition)))[:16]


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """One version of an agent. A stored one has a number; one from code is known by its hash alone."""

    name: str
    origin: Origin
    version: int | None
    hash: str
    definition: Definition
