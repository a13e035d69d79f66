"""What nodes say while they work, on a terminal."""

from dataclasses import dataclass, field
from typing import Any

from plait.cli.output import console

OVER = {"completed", "failed", "cancelled", "skipped", "retrying", "held"}
"""What becomes of a node that has said all it had to say."""


@dataclass(slots=True)
class Speaking:
    """Shows one node's words at a time: who speaks meanwhile is shown when that one is done."""

    _texts: dict[str, str] = field(default_factory=dict)
    _shown: int = 0
    """Characters of the text of `_floor`, the node whose words are shown."""
    _floor: str | None = None
    _in_line: bool = False

    def hear(self, delta: dict[str, Any]) -> None:
        """More words of a node. A text that begins anew is shown anew."""
        path, offset = delta["path"], delta["offset"]
        anew = delta["type"] == "output_delta" and offset == 0
        self._texts[path] = self._texts.get(path, "")[:offset] + (delta["text"] or "")
        if self._floor in {None, path}:
            self._show(path, anew=anew)

    def note(self, event: dict[str, Any]) -> None:
        """A line of the timeline follows; whoever is done gives way to the next one."""
        self.pause()
        if event["type"].startswith("workflow.node.") and event["type"].rpartition(".")[2] in OVER:
            self._texts.pop(event["path"], None)
            if self._floor == event["path"]:
                self._floor = None

    def go_on(self) -> None:
        """The line was shown: the next one that has something to say may."""
        if self._floor is None and self._texts:
            self._show(next(iter(self._texts)), anew=True)

    def pause(self) -> None:
        """End a line that words stand in."""
        if self._in_line:
            console.print()
        self._in_line = False

    def _show(self, path: str, *, anew: bool) -> None:
        if anew or self._floor is None:
            self.pause()
            self._floor, self._shown = path, 0
        text = self._texts[path]
        if new := text[self._shown :]:
            console.print(printable(new), end="", markup=False, style="bright_black")
            console.file.flush()
            self._shown, self._in_line = len(text), not new.endswith("\n")


def printable(text: str) -> str:
    """The text without what would steer a terminal."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)
