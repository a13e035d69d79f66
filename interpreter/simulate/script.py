"""What a simulated run is told in place of the world: results, votes, and how long things take."""

from dataclasses import dataclass, field
from typing import Any, Final

from interpreter.messages import Failure
from interpreter.values import Json


class Unknown:
    """The output of a node for which nothing was scripted: whatever reads it finds it absent."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of an activity: what it gives, or how it fails, after so many seconds."""

    output: Json | Unknown = UNKNOWN
    failure: Failure | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's vote, so many seconds after the gate has opened. `by` is a name, or all of the actor."""

    decision: str
    by: str | dict[str, Any] = "somebody"
    after: float = 0.0
    groups: tuple[str, ...] = ()
    form: Json = None
    comment: str | None = None

    @property
    def voter(self) -> str:
        """Who has one vote."""
        return self.by if isinstance(self.by, str) else str(self.by.get("id"))


@dataclass(frozen=True, slots=True)
class Inbound:
    """An external event that comes so many seconds after the start."""

    name: str
    payload: Json = None
    key: str | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    """By patterns of paths (`interpreter.simulate.patterns`). Of several attempts the last is repeated.

    A sub-workflow is scripted like an activity, a compensation under its own path, `publish~undo`.
    """

    attempts: dict[str, tuple[Attempt, ...]] = field(default_factory=dict)
    votes: dict[str, tuple[Vote, ...]] = field(default_factory=dict)
    events: tuple[Inbound, ...] = ()
    cancel_after: float | None = None
