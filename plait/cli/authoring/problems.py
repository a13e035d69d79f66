"""A problem as people read it: what, where, the line with the place underlined, and how to mend it."""

from typing import Literal

from rich.cells import cell_len
from rich.text import Text

from interpreter.document.spans import Span, Spans
from interpreter.problems import Problem

Level = Literal["error", "warning", "note"]
COLOURS: dict[Level, str] = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
FRAME = "bold blue"
NARROWEST = 40


def told(level: Level, problem: Problem, name: str, spans: Spans, width: int) -> Text:
    """The whole message; no line of the source is wider than `width` cells."""
    colour = COLOURS[level]
    head = Text.assemble((f"{level}[{problem.code}]", colour), (f": {sentence(problem.message)}", "bold"))
    span = spans.of(problem)
    if span is None:
        lines = [head, Text.assemble(("  --> ", FRAME), printable(name))]
        gutter = 1
    else:
        gutter = len(str(span.line))
        place = f"{printable(name)}:{span.line}:{span.column}"
        lines = [head, Text.assemble((" " * gutter + "--> ", FRAME), place)]
        lines += underlined(span, spans.lines, gutter, colour, width)
    if problem.fix:
        lines.append(Text.assemble((" " * (gutter + 1) + "= ", FRAME), ("help", "bold"), f": {printable(problem.fix)}"))
    return Text("\n").join(lines)


def sentence(message: str) -> str:
    """The message as a sentence: what a text is found to be is said in fewer words."""
    return printable(message[:1].upper() + message[1:].removesuffix(".") + ".")


def underlined(span: Span, source: list[str], gutter: int, colour: str, width: int) -> list[Text]:
    """The line of the source with carets below the span."""
    line = source[span.line - 1] if span.line <= len(source) else ""
    start = span.column - 1
    before, piece, after = cut(line[:start], line[start : start + span.length], line[start + span.length :], width)
    bar = " " * gutter + " |"
    carets = " " * cell_len(before) + "^" * max(cell_len(piece), 1)
    return [
        Text(bar, FRAME),
        Text.assemble((f"{span.line} | ", FRAME), before + piece + after),
        Text.assemble((f"{bar} ", FRAME), (carets, colour)),
    ]


def cut(before: str, piece: str, after: str, width: int) -> tuple[str, str, str]:
    """The three parts of a line, printable, and cut so that together they are about `width` wide."""
    room = max(width, NARROWEST)
    if len(piece) > room // 2:
        piece, after = piece[: room // 2], "…"
    aside = (room - len(piece)) // 2
    if len(before) + len(piece) + len(after) > room:
        room_after = max(room - len(before) - len(piece), aside)
        room_before = max(room - len(after) - len(piece), aside)
        before = f"…{before[-room_before:]}" if len(before) > room_before else before
        after = f"{after[:room_after]}…" if len(after) > room_after else after
    return printable(before), printable(piece), printable(after)


def printable(text: str) -> str:
    """The text without what would move the cursor, change colours or hide letters on a terminal."""
    return "".join(
        character if character.isprintable() else "    " if character == "\t" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
