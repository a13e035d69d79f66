"""What a drawing shows, whatever draws it: boxes, arrows between them, and pictures inside of boxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Shape = Literal["activity", "model", "value", "decision", "flow", "gate", "wait", "end", "map", "loop", "subworkflow"]
"""What kind of step a box is, as far as it is to be seen."""

Tone = Literal["usual", "error", "skipped"]
"""Whether an arrow is the way that was hoped for."""


@dataclass(frozen=True, slots=True)
class Box:
    """A step. `kind` is what it does in a word, `guard` what has to hold for it to run."""

    id: str
    title: str
    kind: str
    shape: Shape
    guard: str | None = None
    body: "Picture | None" = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a box to a box, by their places in the picture. `label` is empty where it would say the obvious."""

    source: int
    target: int
    label: str = ""
    guard: str | None = None
    tone: Tone = "usual"


@dataclass(frozen=True, slots=True)
class Picture:
    """One graph."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def everything(self) -> Iterator["Picture"]:
        """This picture and those inside it."""
        yield self
        for box in self.boxes:
            if box.body is not None:
                yield from box.body.everything

    def summary(self) -> str:
        """A sentence for who cannot see it: how much there is, where it begins and where it ends."""
        pictures = list(self.everything)
        nodes = counted(sum(len(each.boxes) for each in pictures), "node")
        edges = counted(sum(len(each.arrows) for each in pictures), "edge")
        reached = {arrow.target for arrow in self.arrows}
        left = {arrow.source for arrow in self.arrows}
        first = some([box.title for place, box in enumerate(self.boxes) if place not in reached])
        last = some([box.title for place, box in enumerate(self.boxes) if place not in left])
        return f"{nodes} and {edges}. It begins with {first} and ends with {last}."


def counted(number: int, what: str) -> str:
    """`1 node`, `12 nodes`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def some(titles: list[str]) -> str:
    """The first few of several names."""
    if not titles:
        return "nothing"
    return ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
