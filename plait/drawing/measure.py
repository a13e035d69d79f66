"""How much room text takes, without a font at hand: widths of a common sans-serif, a little too wide."""

import unicodedata

NARROW = frozenset("iljtfrI.,:;'`|!()[]{}/\\ -")
BROAD = frozenset("mwMW@%—…&")
ROOM = 1.1
"""Fonts differ; a label must not be cut where the reader's is wider."""
LONGEST = 400
"""No label shows more letters than this."""


def text_width(text: str, size: float) -> float:
    """The width of a line in pixels, at a font size in pixels."""
    return ROOM * size * sum(map(_letter, text))


def _letter(letter: str) -> float:
    if letter in NARROW:
        return 0.36
    if letter in BROAD:
        return 0.92
    if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0x1F000:
        return 1.04
    if unicodedata.combining(letter):
        return 0.0
    return 0.7 if letter.isupper() else 0.58


def fitted(text: str, size: float, width: float) -> str:
    """The text on one line, cut with `…` where it is too wide."""
    text = " ".join(text[:LONGEST].split())
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """The text on at most so many lines, the last cut where there is more."""
    words = text[:LONGEST].split()
    found: list[str] = []
    while words and len(found) < lines - 1:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size) <= width:
            line += f" {words.pop(0)}"
        if text_width(line, size) > width:  # one word that is longer than a line
            fits = next(end for end in range(len(line), 0, -1) if end == 1 or text_width(line[:end], size) <= width)
            words.insert(0, line[fits:])
            line = line[:fits]
        found.append(line)
    return [*found, fitted(" ".join(words), size, width)] if words else found
