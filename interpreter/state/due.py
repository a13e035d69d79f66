"""What is held of a node that would run, but for a pause."""

from dataclasses import dataclass


@dataclass(slots=True)
class Due:
    """A node that the run is paused before. `showing` says that its input is on its way to its row, `shown` that
    it is there; `released` that the node is to run as soon as it is.
    """

    showing: bool = False
    shown: bool = False
    released: bool = False
