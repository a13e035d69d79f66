"""What a message may want: a closed set. A model or plain words tell which; `acting` does it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Propose:
    """A workflow, with as much of its input as was said. It takes the place of what was proposed before."""

    workflow: str
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Confirm:
    """Yes: start what was proposed."""


@dataclass(frozen=True, slots=True)
class Decline:
    """No: forget what was proposed."""


@dataclass(frozen=True, slots=True)
class Follow:
    """How the run stands that was started here."""


@dataclass(frozen=True, slots=True)
class Vote:
    """The caller's own decision of the one gate that the run waits at."""

    decision: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """Anything else; `between` are workflows that it might mean."""

    between: tuple[str, ...] = ()


Intent = Propose | Confirm | Decline | Follow | Vote | Talk
