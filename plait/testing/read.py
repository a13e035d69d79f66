"""From the text of a fixture file to its cases, or to all that is wrong with it, with lines."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from interpreter.document import json, yaml
from interpreter.document.builder import Mark
from interpreter.document.builder import Path as Place
from interpreter.document.positions import Positions
from interpreter.document.shape import problems_of
from interpreter.expressions import ExpressionProblem, parse
from interpreter.problems import Problem
from plait.testing.fixture import Fixture


@dataclass(frozen=True, slots=True)
class FixtureFile:
    """A fixture if there is one, every problem of its text and shape, and the places of its fields."""

    path: Path
    fixture: Fixture | None
    problems: tuple[Problem, ...] = ()
    marks: Mapping[Place, Mark] = field(default_factory=dict)

    def says(self, *path: str | int) -> bool:
        """Whether the field stands in the text."""
        return path in self.marks

    def line_of(self, *path: str | int) -> int | None:
        """The line in which a field stands, or the nearest thing around it."""
        mark = Positions(lambda: self.marks).of(path)
        return mark[0] if mark else None


def read_fixture(path: Path) -> FixtureFile:
    """Read a fixture file, YAML or by its ending JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        return FixtureFile(path, None, (unreadable(error),))
    except UnicodeDecodeError:
        return FixtureFile(path, None, (Problem("invalid_encoding", "this is not UTF-8", fix="Save it as UTF-8."),))
    builder = json.scan(text) if path.suffix == ".json" else yaml.scan(text)
    if builder.problems:
        return FixtureFile(path, None, tuple(builder.problems), builder.marks)
    fixture, problems = _validated(builder.value)
    positions = Positions(lambda: builder.marks)
    located = tuple(positions.locate(problem) for problem in problems)
    return FixtureFile(path, None if located else fixture, located, builder.marks)


def unreadable(error: OSError) -> Problem:
    """Why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return Problem("not_found", "there is no such file")
    return Problem("unreadable", f"this cannot be read: {error.strerror}")


def _validated(value: Any) -> tuple[Fixture | None, Iterable[Problem]]:
    if not isinstance(value, dict):
        return None, [Problem("wrong_type", "a fixture is an object", fix="Begin with `cases:`.")]
    try:
        fixture = Fixture.model_validate(value)
    except ValidationError as error:
        return None, problems_of(error, value, Fixture)
    return fixture, _misfits(fixture)


def _misfits(fixture: Fixture) -> Iterator[Problem]:
    """What the shape alone does not tell: no case at all, two of one name, and checks that do not parse."""
    if not fixture.cases:
        yield Problem("no_cases", "a fixture has at least one case", ("cases",), fix="Add one: `- name: …`.")
    names: set[str] = set()
    for number, case in enumerate(fixture.cases):
        if case.name in names:
            message = f"there are two cases of the name {case.name!r}"
            yield Problem("duplicate_name", message, ("cases", number, "name"), fix="Rename one of the two.")
        names.add(case.name)
        for place, check in enumerate(case.expect.checks):
            try:
                parse(check)
            except ExpressionProblem as problem:
                path = ("cases", number, "expect", "checks", place)
                yield Problem("expression", str(problem), path, fix=problem.fix)
