"""What makes two failures the same kind of failure: a short text that is equal for both. Pure; reads nothing.

A fingerprint is made of the error's type, the node that failed (its id in the document, so items, laps and
attempts count as one) and the message with everything taken out that differs from one time to the next:
what stands in quotes, and words that hold a digit, which are numbers, times, ids and addresses.
"""

import hashlib
import re
from typing import Any

LONGEST = 300
"""Letters of a pattern that count; what lies behind them is mostly data."""
READ = 1_000
"""Letters of a message that are looked at."""
_QUOTED = re.compile(r"""`[^`\n]*`|"[^"\n]*"|(?<!\w)'[^'\n]*'(?!\w)|“[^”\n]*”|«[^»\n]*»""")
_PART = re.compile(r"[^()\[\]{}<>,;=]+")


def fingerprint_of(error: dict[str, Any] | None) -> str | None:
    """Sixteen letters that are equal for failures of one kind; None where nothing failed."""
    if error is None:
        return None
    parts = (error["type"], error.get("node") or "", pattern_of(error["message"]))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def pattern_of(message: str) -> str:
    """The message without what changes: `order 17 of 'Ana' is late` is `order # of … is late`."""
    words = _QUOTED.sub("…", message[:READ]).split()
    return " ".join(map(_lasting, words))[:LONGEST]


def _lasting(word: str) -> str:
    """The word, or `#` for what changes in it; brackets and the point of the sentence stay."""
    if "://" in word or "@" in word:
        bare = word.strip("()<>[]{},;.:!?")
        return word.replace(bare, "#") if bare else word
    return _PART.sub(_lasting_part, word)


def _lasting_part(part: re.Match[str]) -> str:
    text = part[0]
    if not any(letter.isdecimal() for letter in text):
        return text
    return "#" + text[len(text.rstrip(".:!?")) :]
