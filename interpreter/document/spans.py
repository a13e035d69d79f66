"""The piece of a line that a message underlines: how far what stands at a path reaches.

Worked out by a second look at the text, and only for who shows it to people: reading itself notes
no more than where things begin.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from interpreter.document.builder import Mark, Path
from interpreter.document.json import TOKEN
from interpreter.problems import Problem

OF_KEYS = frozenset({"unknown_field", "unknown_parameter", "unknown_argument", "on_is_boolean", "not_in_effect"})
"""Problems of a field's name rather than of its value."""

QUOTED = re.compile(r"`([^`]+)`")
CHARACTER = re.compile(r"at character (\d+)")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line: where it begins, counted from 1, and how many characters it has."""

    line: int
    column: int
    length: int


@dataclass(frozen=True, slots=True)
class Token:
    """What a reader meets: the text of a key or a value, or an end of an object or a list."""

    kind: Literal["scalar", "object", "list", "close"]
    start: Mark
    end: Mark
    text: str = ""


class Spans:
    """The places of all keys and values of one text, up to where its syntax breaks."""

    def __init__(self, text: str, media_type: str) -> None:
        self.lines = lines_of(text, media_type)
        self._keys: dict[Path, Span] = {}
        self._values: dict[Path, Span] = {}
        self._lengths: dict[Mark, int] = {}
        self._whole: set[Path] = set()
        self._read(_json_tokens(text) if media_type == "application/json" else _yaml_tokens(text))

    def of(self, problem: Problem) -> Span | None:
        """What to underline for a located problem: its field's name, its value, or a part of that.

        None where the problem is about the text as a whole.
        """
        if problem.line is None:
            return None
        for length in range(len(problem.path), -1, -1):
            path = problem.path[:length]
            known = self._keys.get(path) or self._values.get(path)
            if known and (known.line, known.column) == (problem.line, problem.column):
                return self._within(problem, path) if length == len(problem.path) else known
        column = problem.column or 1
        return Span(problem.line, column, self._lengths.get((problem.line, column), 1))

    def _within(self, problem: Problem, path: Path) -> Span:
        key, value = self._keys.get(path), self._values.get(path)
        about_name = problem.code in OF_KEYS and f"`{path[-1]}`" in problem.message
        if value is None or (key and (about_name or path not in self._whole)):
            return key or Span(problem.line or 1, problem.column or 1, 1)
        return self._named(problem, value) if path in self._whole else value

    def _named(self, problem: Problem, span: Span) -> Span:
        """The part of a text that the message names: by its place, or because it stands there once."""
        piece = self.lines[span.line - 1][span.column - 1 :][: span.length]
        if at := CHARACTER.search(problem.message):
            start = int(at[1]) - 1 + piece.startswith(('"', "'"))
            return Span(span.line, span.column + min(start, span.length - 1), 1)
        for quoted in QUOTED.findall(problem.message):
            found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(quoted)}(?!\w)", piece)]
            if len(found) == 1:
                return Span(span.line, span.column + found[0], len(quoted))
        return span

    def _read(self, tokens: Iterator[Token]) -> None:
        reading = _Reading()
        for token in tokens:
            if token.kind == "scalar" and reading.expects_key:
                span = self._span(token.start, token.end)
                self._keys.setdefault(reading.begin(token.text), span)
                continue
            start = reading.end() if token.kind == "close" else token.start
            path = reading.path
            if token.kind in ("object", "list"):
                reading.open(token)
                continue
            if path not in self._values:
                self._values[path] = self._span(start, token.end)
                if start[0] == token.end[0]:
                    self._whole.add(path)
            reading.settle()

    def _span(self, start: Mark, end: Mark) -> Span:
        """The piece between two marks, or what of it stands in its first line."""
        line = self.lines[start[0] - 1] if start[0] <= len(self.lines) else ""
        stop = end[1] if start[0] == end[0] else len(line.rstrip()) + 1
        length = max(stop - start[1], 1)
        self._lengths.setdefault(start, length)
        return Span(*start, length)


class _Reading:
    """Where in the document the next token stands."""

    def __init__(self) -> None:
        self._open: list[tuple[Path, bool, Mark]] = []
        self._places: list[str | int | None] = []

    @property
    def expects_key(self) -> bool:
        return bool(self._places) and self._places[-1] is None

    @property
    def path(self) -> Path:
        if not self._open:
            return ()
        place = self._places[-1]
        return self._open[-1][0] if place is None else (*self._open[-1][0], place)

    def begin(self, key: str) -> Path:
        self._places[-1] = key
        return self.path

    def open(self, token: Token) -> None:
        self._open.append((self.path, token.kind == "object", token.start))
        self._places.append(None if token.kind == "object" else 0)

    def end(self) -> Mark:
        """Close the innermost object or list; where it began."""
        self._places.pop()
        return self._open.pop()[2]

    def settle(self) -> None:
        """The value at the path is read."""
        if self._open:
            place = self._places[-1]
            self._places[-1] = place + 1 if isinstance(place, int) else None


def lines_of(text: str, media_type: str) -> list[str]:
    """The lines as the reader of this media type counts them."""
    breaks = "\n" if media_type == "application/json" else "\r\n|[\r\n\x85\u2028\u2029]"
    return re.split(breaks, text)


def _yaml_tokens(text: str) -> Iterator[Token]:
    try:
        for event in yaml.parse(text, Loader=yaml.CLoader):
            start, end = _mark(event.start_mark), _mark(event.end_mark)
            match event:
                case yaml.ScalarEvent():
                    yield Token("scalar", start, end, event.value)
                case yaml.AliasEvent():
                    yield Token("scalar", start, end, "*")
                case yaml.MappingStartEvent():
                    yield Token("object", start, end)
                case yaml.SequenceStartEvent():
                    yield Token("list", start, end)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    yield Token("close", start, end)
                case _:
                    pass
    except yaml.YAMLError:
        return  # the reader says it


def _mark(mark: Any) -> Mark:
    return mark.line + 1, mark.column + 1


def _json_tokens(text: str) -> Iterator[Token]:
    lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def mark(offset: int) -> Mark:
        line = bisect_right(lines, offset)
        return line, offset - lines[line - 1] + 1

    position = 0
    while match := TOKEN.match(text, position):
        position = match.end()
        kind = match.lastgroup or ""
        start, end, source = mark(match.start(kind)), mark(match.end(kind)), match[kind]
        if kind != "symbol":
            yield Token("scalar", start, end, json.loads(source) if kind == "text" else source)
        elif source in "[{":
            yield Token("list" if source == "[" else "object", start, end)
        elif source in "]}":
            yield Token("close", start, end)
