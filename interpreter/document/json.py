"""JSON text: read by the standard library, and again with places when something may be wrong with it."""

import json
import math
import re
from bisect import bisect_right
from typing import Any, NoReturn

from interpreter.document.builder import INT64, LIMIT_DEPTH, LIMIT_KEYS, Builder, Mark, Unreadable
from interpreter.problems import Problem

TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<text>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
      | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[A-Za-z_-][A-Za-z0-9_]*)
      | (?P<symbol>[\[\]{}:,])
    )""",
    re.VERBOSE,
)
SUSPICIOUS = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
WORDS = {"true": True, "false": False, "null": None}
NOT_JSON = {"NaN", "Infinity", "-Infinity"}


class Suspicious(Exception):
    """The quick way met something that only the scanner can judge and place."""


def read_quickly(text: str) -> Any:
    """The value of a text in which nothing can be wrong. Raises Suspicious for any other."""
    if SUSPICIOUS.search(text):
        raise Suspicious
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse, parse_int=_integer, parse_float=_float
        )
    except (ValueError, RecursionError):
        raise Suspicious from None
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(LIMIT_DEPTH):
        level = [child for part in level for child in _children(part) if isinstance(child, (dict, list))]
        if not level:
            return value
    raise Suspicious


def _children(container: dict[str, Any] | list[Any]) -> Any:
    return container.values() if isinstance(container, dict) else container


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs) or len(built) > LIMIT_KEYS:
        raise Suspicious
    return built


def _refuse(_: str) -> NoReturn:
    raise Suspicious


def _integer(text: str) -> int:
    if len(text) > 20 or not -INT64 <= int(text) < INT64:
        raise Suspicious
    return int(text)


def _float(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise Suspicious
    return value


def scan(text: str) -> Builder:
    """The value with the place of each part, and every problem up to the first that breaks the syntax."""
    return _Scanner(text).run()


class _Scanner:
    """Reads token by token, with what may come next; the nesting is the builder's."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.builder = Builder()
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.closers: list[str] = []

    def run(self) -> Builder:
        position, expected = 0, "a value"
        try:
            while match := TOKEN.match(self.text, position):
                expected = self.take(match, expected)
                position = match.end()
            rest = len(self.text) - len(self.text[position:].lstrip(" \t\r\n"))
            if rest < len(self.text) or expected != "the end":
                raise self.broken(rest, expected)
        except Unreadable as stopped:
            self.builder.problems.append(stopped.problem)
        return self.builder

    def mark(self, offset: int) -> Mark:
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1

    def take(self, match: re.Match[str], expected: str) -> str:
        """Pass one token on; what may follow it."""
        kind = match.lastgroup
        offset, source = match.start(kind or 0), match[kind or 0]
        mark = self.mark(offset)
        if kind == "symbol":
            return self.punctuate(source, offset, expected)
        if expected in ("a key", "a key or }") and kind == "text":
            self.builder.key(json.loads(source), mark)
            return ":"
        if expected not in ("a value", "a value or ]"):
            raise self.broken(offset, expected)
        self.builder.scalar(self.scalar(kind, source, offset), mark)
        return self.after_value()

    def after_value(self) -> str:
        return f", or {self.closers[-1]}" if self.closers else "the end"

    def punctuate(self, symbol: str, offset: int, expected: str) -> str:
        if symbol in "[{" and expected in ("a value", "a value or ]"):
            self.builder.open([] if symbol == "[" else {}, self.mark(offset))
            self.closers.append("]" if symbol == "[" else "}")
            return "a value or ]" if symbol == "[" else "a key or }"
        if symbol == ":" and expected == ":":
            return "a value"
        if symbol == "," and expected in (", or ]", ", or }"):
            return "a value" if self.closers[-1] == "]" else "a key"
        if symbol in "]}" and expected.endswith(f"or {symbol}"):
            self.closers.pop()
            self.builder.close()
            return self.after_value()
        raise self.broken(offset, expected)

    def scalar(self, kind: str | None, source: str, offset: int) -> Any:
        if kind == "text":
            return json.loads(source)
        if kind == "number":
            whole = not re.search(r"[.eE]", source)
            # Python refuses to read integers of thousands of digits; whatever they are, they are too large.
            return (int(source) if len(source) < 400 else INT64) if whole else float(source)
        if source in NOT_JSON:
            message = f"`{source}` is no JSON number"
            self.builder.report("not_a_number", message, self.builder.here(), self.mark(offset), "Write null or text.")
            return None
        if source not in WORDS:
            raise self.broken(offset, "a value")
        return WORDS[source]

    def broken(self, offset: int, expected: str) -> Unreadable:
        line, column = self.mark(offset)
        found = f"`{self.text[offset]}` stands here" if offset < len(self.text) else "the text ends"
        message = f"this is not JSON: {expected} is expected, but {found}"
        return Unreadable(Problem("invalid_json", message, self.builder.here(), line=line, column=column))
