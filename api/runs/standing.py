"""What may be done with a run, by where it is: one table, for the answers and for what is offered."""

from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from interpreter.state import FINAL_RUN

Verb = Literal["cancel", "pause", "resume", "continue", "step", "breakpoints", "budget", "terminate"]
VERBS: tuple[Verb, ...] = get_args(Verb)
Answer = Literal["does", "holds", "contradicts"]
"""202: it is done or recorded. 200: it is so already. 409: it cannot be."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run is. `requested` is what was asked of it last and is not answered yet, `steppable` says that it
    shows nodes that it is paused before, `limited` that it has a budget.
    """

    status: str
    requested: str | None = None
    stopping_as: str | None = None
    steppable: bool = False
    limited: bool = False

    @classmethod
    def of(cls, row: Any) -> Self:
        """By its row."""
        return cls(row["status"], row["requested"], row["stopping_as"], row["steppable"], row["budget"] is not None)

    @property
    def is_paused(self) -> bool:
        """Whether it is paused, or will be once it has answered."""
        return self.requested == "pause" or (self.status == "paused" and self.requested != "resume")


def answer(verb: Verb, run: Standing) -> Answer:
    """What is said to who wants this of a run that stands so."""
    if run.status in FINAL_RUN:
        return "holds" if run.status == {"cancel": "cancelled", "terminate": "terminated"}.get(verb) else "contradicts"
    if verb == "terminate":
        return "does"
    if run.status == "stopping":
        return "holds" if verb == "cancel" and run.stopping_as == "cancelled" else "contradicts"
    if run.requested == "cancel":
        return "holds" if verb == "cancel" else "contradicts"
    match verb:
        case "pause":
            return "holds" if run.is_paused else "does"
        case "resume" | "continue":
            return "does" if run.is_paused else "holds"
        case "step":
            return "does" if run.status == "paused" and run.is_paused and run.steppable else "contradicts"
        case "budget":
            return "does" if run.limited else "contradicts"
        case "cancel" | "breakpoints":
            return "does"


def offered(run: Standing) -> list[Verb]:
    """What would change something: all that is answered by 202."""
    return [verb for verb in VERBS if answer(verb, run) == "does"]


def breakpoint_of(row: Any) -> str | None:
    """Before which node a breakpoint has the run paused: where it stopped first, unless somebody stepped on since."""
    return row["pause"].get("breakpoint") and (row["paused_at"] or row["pause"]["breakpoint"])
