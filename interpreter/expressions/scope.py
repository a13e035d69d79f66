"""What an evaluation sees and carries along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from interpreter.expressions.fuel import Fuel
from interpreter.messages import FactValue
from interpreter.values import Json


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see: its names, and the facts that were computed beforehand."""

    names: Mapping[str, Json]
    facts: Mapping[int, FactValue] = field(default_factory=dict)


class Frame:
    """One evaluation: the scope, the budget, and the variables of the macros that are under way."""

    __slots__ = ("facts", "fuel", "names", "variables")

    def __init__(self, scope: Scope, fuel: Fuel) -> None:
        self.names = scope.names
        self.facts = scope.facts
        self.fuel = fuel
        self.variables: dict[str, Any] = {}


Step = Callable[[Frame], Any]
"""A sub-expression, ready to be evaluated."""
