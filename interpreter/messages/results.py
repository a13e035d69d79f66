"""What events and commands speak of: nodes, failures, and what is held of a value."""

from dataclasses import dataclass, field
from typing import Any, Literal

from interpreter.values import Json

FactValue = tuple[Literal["value"], Json] | tuple[Literal["error"], str] | tuple[Literal["absent"], str]
"""What a fact came to where its source was produced: its value, the message of the ExpressionError
that its evaluation raised, or the path that was absent."""

ErrorCategory = Literal["business", "input", "external", "platform"]
Reject = Literal["any", "majority", "all"]
"""How many rejections reject: one, more than half of the quorum, or a quorum."""


@dataclass(frozen=True, slots=True)
class AtNode:
    """A message about one instance of a node: its index in its region, which of its generations, and the
    scope in which it stands.
    """

    node: int
    generation: int
    scope: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a node or a run failed. `type` is stable and may be matched; `message` is for people."""

    type: str
    message: str
    category: ErrorCategory = "external"
    node: str | None = None
    attempt: int | None = None
    retryable: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What the workflow holds of a value: its size in bytes, its hash, its facts; never the value."""

    size: int = 0
    sha256: str | None = None
    facts: dict[int, FactValue] = field(default_factory=dict)
