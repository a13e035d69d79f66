"""What a model is asked and what it answers, whichever provider it is of."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from activities.models.messages import Call, Message, assistant
from interpreter.values import Json
from plait.money import Usage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is told of it; `parameters` is a JSON Schema."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model wants; `args` as the model wrote them, not yet checked.

    Arguments that are no JSON object stand in `malformed`, as text, and `args` is empty.
    """

    id: str
    name: str
    args: dict[str, Any]
    malformed: str | None = None

    def as_json(self) -> Call:
        """As a message holds it."""
        call = Call(id=self.id, name=self.name, args=self.args)
        return call if self.malformed is None else {**call, "malformed": self.malformed}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it came from the model. `refusal` is why it would not answer, where it says so."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    finish_reason: str = "stop"
    refusal: str | None = None

    @property
    def message(self) -> Message:
        """The answer as an assistant's message."""
        return assistant(self.text, [call.as_json() for call in self.calls])


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question to a model.

    `model` and `fallback` are references: `provider:model`, or an alias of the project. With an
    `output_schema` the answer's `output` fits it. With `stream` the text is told while it comes.
    `agent` names whose turn this is, for the accounts.
    """

    model: str
    messages: list[Message]
    tools: tuple[ToolSpec, ...] = ()
    output_schema: dict[str, Any] | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    fallback: tuple[str, ...] = ()
    stream: bool = False
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model answered, and what it took.

    `output` is the text, or the object of the `output_schema`; None where the model calls tools.
    `message` is the answer as the next request has it. `usage` and `cost_usd` count every call that
    was made for it; a cost that is not known is None. `tried` are the models that could not answer.
    """

    text: str
    output: Json
    tool_calls: tuple[ToolCall, ...]
    usage: Usage
    cost_usd: Decimal | None
    finish_reason: str
    model: str
    message: Message
    calls: int = 1
    tried: tuple[dict[str, str], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """As it is kept until the node's end is on record."""
        cost = None if self.cost_usd is None else str(self.cost_usd)
        return {**asdict(self), "cost_usd": cost, "tool_calls": [asdict(call) for call in self.tool_calls]}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "ModelAnswer":
        """The same, read back."""
        cost = kept["cost_usd"]
        return cls(
            **{
                **kept,
                "tool_calls": tuple(ToolCall(**call) for call in kept["tool_calls"]),
                "usage": Usage(**kept["usage"]),
                "cost_usd": None if cost is None else Decimal(cost),
                "tried": tuple(kept["tried"]),
            }
        )
