"""Where in the text a field stands."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

from interpreter.document.builder import Mark, Path
from interpreter.problems import Problem


class Positions:
    """Looks places up. They are worked out when the first one is asked for: most documents are fine."""

    def __init__(self, find: Callable[[], Mapping[Path, Mark]]) -> None:
        self._find = find

    @cached_property
    def _marks(self) -> Mapping[Path, Mark]:
        return self._find()

    def of(self, path: Path) -> Mark | None:
        """Line and column of the field, or of the nearest thing around it that is in the text."""
        for length in range(len(path), -1, -1):
            if mark := self._marks.get(path[:length]):
                return mark
        return None

    def locate(self, problem: Problem) -> Problem:
        """The problem with its line and column; one that knows them already is left as it is."""
        mark = self.of(problem.path) if problem.line is None else None
        return problem if mark is None else replace(problem, line=mark[0], column=mark[1])
