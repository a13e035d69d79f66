"""What can go wrong with an expression.

    ExpressionProblem        it does not parse: found when a document is saved
    ExpressionError          it cannot be evaluated with this data: fails the node it stands in
      Unresolved             it reads something that is absent
      FuelExhausted          it would take too many steps, or build too large a value

Messages name the path in the expression and the position, never a value.
"""

from interpreter.problems import PathPart


class ExpressionProblem(ValueError):
    """An expression that is not one. `at` counts characters from the start of the text.

    `path` leads from the value that was prepared to the text, where there is such a value.
    """

    def __init__(self, message: str, at: int = 0, fix: str | None = None, path: tuple[PathPart, ...] = ()) -> None:
        super().__init__(message, at, fix, path)
        self.message, self.at, self.fix, self.path = message, at, fix, path

    def __str__(self) -> str:
        return f"{self.message} (at character {self.at + 1})"


class ExpressionError(Exception):
    """An expression that has no value for this data.

    `path` leads from the value that was resolved to the text, where there is such a value.
    """

    def __init__(self, message: str, at: int = 0, path: tuple[PathPart, ...] = ()) -> None:
        super().__init__(message, at, path)
        self.message, self.at, self.path = message, at, path

    def __str__(self) -> str:
        return f"{self.message} (at character {self.at + 1})"


class Unresolved(ExpressionError):
    """It reads something that is absent: `has` answers false to it and `coalesce` passes on."""


class FuelExhausted(ExpressionError):
    """It was stopped: too many steps, or too large a value. Nothing in the language absorbs this."""

    def located(self, at: int) -> "FuelExhausted":
        """The same, with the place where it was stopped, unless a part within has told its own."""
        self.at = self.at or at
        return self
