"""The budget of evaluation: steps taken and size built, shared by all expressions of one decision."""

from collections.abc import Mapping

from interpreter.expressions.errors import FuelExhausted
from interpreter.values import Json

STEPS = 100_000
SIZE = 16 * 1024 * 1024
ELEMENT = 16
"""What an element of a list or object counts besides its text, so that many small ones are counted too."""
TEXT_PER_STEP = 256
DEPTH = 200
"""How many lists and objects may lie within each other: JSON libraries, and whoever walks values by recursion, have
their limits too."""


class Fuel:
    """What is left to spend. One `limit` of steps, and one of characters and elements built."""

    __slots__ = ("size", "steps")

    def __init__(self, limit: int = STEPS, size: int = SIZE) -> None:
        self.steps = limit
        self.size = size

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises FuelExhausted when there are none left."""
        self.steps -= steps
        if self.steps < 0:
            raise FuelExhausted("the expression takes too many steps")

    def scan(self, text: str) -> None:
        """Take the steps that it costs to look through a text."""
        self.spend(1 + len(text) // TEXT_PER_STEP)

    def compare(self, left: str, right: str) -> None:
        """Take the steps that it costs to compare two long texts."""
        self.spend(min(len(left), len(right)) // TEXT_PER_STEP)

    def build(self, size: int) -> None:
        """Count what is about to be built. Raises FuelExhausted before it exists."""
        self.size -= size
        if self.size < 0:
            raise FuelExhausted("the expression builds too large a value")

    def measure(self, value: Json) -> None:
        """Count a whole value, parts that occur twice counted twice. Raises FuelExhausted."""
        level: list[Json] = [value]
        depth = 0
        while level:
            below: list[Json] = []
            for part in level:
                if isinstance(part, str):
                    self.build(ELEMENT + len(part))
                    continue
                self.build(ELEMENT)
                if not isinstance(part, Mapping | list):
                    continue
                if depth == DEPTH:
                    raise FuelExhausted("the expression builds too deep a value")
                self.build(ELEMENT * len(part))
                if isinstance(part, Mapping):
                    self.build(sum(map(len, part)))
                    below.extend(part.values())
                else:
                    below.extend(part)
            level, depth = below, depth + 1


def size_of(value: Json) -> int:
    """The size of a value as budgets count it. Raises FuelExhausted over 16 MiB."""
    fuel = Fuel()
    fuel.measure(value)
    return SIZE - fuel.size
