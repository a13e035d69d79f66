"""What a node's function says for the log of its run."""

from collections.abc import Callable, Iterable
from typing import Literal, Protocol

from activities.shell.masking import masked

Level = Literal["debug", "info", "warning", "error"]
MOST_LINES = 1_000
"""So many lines of an attempt are kept; then one says that the rest is not."""
LONGEST = 2_000
"""Characters of a line."""


class Log(Protocol):
    """Writes a line into the run's log."""

    def __call__(self, message: str, level: Level = "info") -> None: ...


class NodeLog:
    """The lines of one attempt, without the values of secrets."""

    def __init__(self, record: Callable[[Level, str], None], secrets: Iterable[str]) -> None:
        self._record = record
        self._secrets = list(secrets)
        self._lines = 0

    def say(self, message: str, level: Level = "info") -> None:
        """Put a line on record; never awaited, and never the reason why a node fails."""
        self._lines += 1
        if self._lines == MOST_LINES + 1:
            self._record("warning", f"There are more than {MOST_LINES} lines; the rest is not kept.")
        if self._lines > MOST_LINES:
            return
        text = str(masked(str(message), self._secrets)).replace("\0", "")
        self._record(level, text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
