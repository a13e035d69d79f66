"""What can be wrong with a document: one shape for every stage that looks at it."""

from dataclasses import dataclass
from typing import Literal

PathPart = str | int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in a document.

    `path` leads from the document's root to the field (`("nodes", 2, "with", "cases", 0, "when")`).
    `line` and `column` count from 1 and are None where the source is not known.
    `fix` is a sentence that says how to mend it.
    """

    code: str
    message: str
    path: tuple[PathPart, ...] = ()
    node: str | None = None
    fix: str | None = None
    line: int | None = None
    column: int | None = None
    severity: Literal["problem", "warning"] = "problem"

    @property
    def dotted(self) -> str:
        """The path as people write it: `nodes[2].with.cases[0].when`."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text

    @property
    def pointer(self) -> str:
        """The path as an RFC 6901 JSON pointer."""
        escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in self.path)
        return "".join(f"/{part}" for part in escaped)
