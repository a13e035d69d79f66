"""The words by which runs are found. What is stored and what is asked for are cut here alone, so they meet."""

import re
import unicodedata
from itertools import islice
from typing import Any

LONGEST_WORD = 64
MOST_WORDS = 200
_WORD = re.compile(r"[^\W_]+")


def words_of(*texts: str | None) -> list[str]:
    """The words of these texts, each once, in small letters: what stands between signs, as `INV-2026` has two."""
    found = (word for text in texts if text for word in _words_in(text))
    return list(islice(dict.fromkeys(found), MOST_WORDS))


def words_of_error(error: dict[str, Any] | None) -> list[str]:
    """The words by which a run is found that failed so."""
    return words_of(*(str(error.get(part) or "") for part in ("type", "node", "message"))) if error else []


def search_of(text: str) -> str | None:
    """A tsquery for what somebody types; None if it has no word.

    All words must be there, the last one perhaps only begun; what begins with `-` must not be there.
    """
    terms = [(token.startswith("-"), _words_in(token)) for token in text.split()]
    terms = [(excluded, words) for excluded, words in terms if words]
    parts = [f"{'!' if excluded else ''}({' & '.join(words)})" for excluded, words in terms]
    if not parts:
        return None
    whole = " & ".join(parts)
    # The last word is the one before the closing bracket.
    return whole if terms[-1][0] else f"{whole[:-1]}:*)"


def _words_in(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())]
