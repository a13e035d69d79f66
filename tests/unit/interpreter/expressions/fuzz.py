"""Inputs of which most are no expressions: each has a number, which makes the same input again."""

import json
import random
from collections.abc import Callable
from pathlib import Path

from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.parse import MACROS, PRECEDENCE, RESERVED

CASES = Path(__file__).parents[3] / "conformance/cel/cases.jsonl"
SOURCES = [json.loads(line)["expression"] for line in CASES.read_text().splitlines()]
"""Expressions of every kind, to be broken."""

NAMES = [
    "input",
    "vars",
    "nodes",
    "x",
    "y",
    "long",
    "list",
    "run",
    "secrets",
    "__class__",
    "nodes.score.output",
    "input.rows",
]
FIELDS = ["region", "rows", "numbers", "nothing", "text", "counts", "output", "id", "__dict__", "size", "missing"]
LITERALS = [
    "0", "1", "7", "-1", "2.5", "1e308", "1e-300", "0x7f", "9223372036854775807", "-9223372036854775808", "100000", "true", "false",
    "null", "''", "'a'", '"b"', "'{{'", "'}}'", "r'\\d'", "'''a'b'''", "'\\u00e4'", "'2026-01-01T00:00:00Z'", "'1h'", "[]", "{}",
]  # fmt: skip
SYMBOLS = [
    *PRECEDENCE, *"()[]{}.,?:!`'\"\\$#@;=&|^~", "{{", "}}", "'''", "//", "\n", "\t", "\0", "\ufeff", "é", "😀", "٣", "\u200b", "1" * 30, "1e999",
    "'\\ud800'", "b'a'", "7u",
]  # fmt: skip
OPENINGS = ["has(", "coalesce(", ".map(x,", ".all(x,"]
WORDS = [*NAMES, *FIELDS, *LITERALS, *SYMBOLS, *FUNCTIONS, *MACROS, *sorted(RESERVED), *OPENINGS]
DEEPEST = 5


def generated(number: int) -> str:
    """The input of that number: words in a row, a broken expression, a whole one, or text with templates."""
    chance = random.Random(number)
    return chance.choice(KINDS)(chance)


def soup(chance: random.Random) -> str:
    """Words of the language without its grammar."""
    return chance.choice(("", " ")).join(chance.choices(WORDS, k=chance.randint(0, 30)))


def broken(chance: random.Random) -> str:
    """An expression with some of its characters doubled, lost, swapped or replaced."""
    text = chance.choice(SOURCES) if chance.random() < 0.5 else whole(chance)
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.randint(0, 6))
        text = (
            text[:start]
            + chance.choice(("", text[start:end] * 2, text[start:end][::-1], chance.choice(WORDS)))
            + text[end:]
        )
    return text


def whole(chance: random.Random) -> str:
    """An expression by the grammar, whatever its values are."""
    return _expression(chance, DEEPEST)


def template(chance: random.Random) -> str:
    """Text with templates in it, most of them closed."""
    parts: list[str] = []
    for _ in range(chance.randint(1, 3)):
        parts += [
            chance.choice(("", " ", "text ", "}}", "{", "{{ '{{' }}")),
            "{{",
            chance.choice((whole, soup, broken))(chance),
        ]
        parts.append(chance.choice(("}}", " }}", "}}", "}", "")))
    return "".join(parts)


KINDS: list[Callable[[random.Random], str]] = [soup, broken, whole, template]


def _expression(chance: random.Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.15:
        return chance.choice((*LITERALS, *NAMES, *NAMES))

    def inner() -> str:
        return _expression(chance, depth - 1)

    def several() -> str:
        return ", ".join(inner() for _ in range(chance.randint(0, 3)))

    match chance.randrange(12):
        case 0 | 1:
            return f"{inner()} {chance.choice(list(PRECEDENCE))} {inner()}"
        case 2:
            return f"({inner()} ? {inner()} : {inner()})"
        case 3:
            return f"{chance.choice('!-')}({inner()})"
        case 4 | 5:
            function = chance.choice(list(FUNCTIONS))
            count = chance.randint(
                FUNCTIONS[function].least, min(FUNCTIONS[function].most, 3 + (function == "replace"))
            )
            return f"{function}({', '.join(inner() for _ in range(count))})"
        case 6 | 7:
            return f"({inner()}).{chance.choice(MACROS)}({chance.choice('xy')}, {inner()})"
        case 8:
            return f"{chance.choice(NAMES)}.{chance.choice(FIELDS)}[{inner()}]"
        case 9:
            return f"[{several()}]" if chance.random() < 0.5 else f"{{'a': {inner()}, {inner()}: {inner()}}}"
        case 10:
            return f"coalesce({inner()}, {inner()})"
        case _:
            return f"has({chance.choice(NAMES)}.{chance.choice(FIELDS)})"
