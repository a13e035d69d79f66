"""From what went wrong in a program to the node's error, without the text of an exception: that may
hold any value the program has seen. Shown are the exception's name and the line of the source.
"""

import re
from dataclasses import dataclass

from pydantic_monty import MontyCrashedError, MontyError, MontyRuntimeError, MontySyntaxError

from activities.kind import NodeError

PROGRAM = "<python-input-0>"
"""What the interpreter calls the program; `eval` in it makes others, whose text is data."""
SHOWN = 120
"""Characters of a line of the source that a message repeats."""

_NAME = re.compile(r"[A-Za-z_][\w.]*")
_OVER_TIME = "feed time limit exceeded"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a program something happened. `read` says that the program ran up to there."""

    line: int
    read: bool


def failure_of(error: MontyError, source: str, seconds: float) -> NodeError:
    """The error of a node whose program ended so. None but a crash is retried: it would end so again."""
    place, name = place_of(error), exception_of(error)
    told, details = _shown(place, source), {"line": place.line} if place else {}
    if isinstance(error, MontyCrashedError) and not error.timed_out:
        message = "the process that ran the program ended"
        return NodeError("CodeCrashed", message, category="platform", retryable=True)
    if isinstance(error, MontyCrashedError) or (name == "TimeoutError" and _OVER_TIME in str(error)):
        message = f"the program computed for more than {seconds:g} seconds"
        return NodeError("CodeTimeout", message, category="input")
    if is_flaw(error):
        return NodeError(
            "CodeInvalid", f"the program cannot be read: {flaw_in(error)}{told}", category="input", details=details
        )
    if name in {"MemoryError", "RecursionError"}:
        limit = "memory" if name == "MemoryError" else "calls"
        message = f"the program needs more {limit} than it may have{told}"
        return NodeError("CodeLimit", message, category="input", details={**details, "limit": limit})
    message = f"the program raised {name}{told}"
    return NodeError("CodeError", message, category="input", details={**details, "exception": name})


def is_flaw(error: MontyError) -> bool:
    """Whether the program was refused before any of it ran: the error's text tells of the source alone then."""
    place = place_of(error)
    unread = not place.read if place else isinstance(error, MontySyntaxError)
    return unread and exception_of(error) in {"SyntaxError", "NotImplementedError"}


def flaw_in(error: MontyError) -> str:
    """What a program that was refused has wrong."""
    return str(error).removeprefix("NotImplementedError: ").replace("The monty syntax parser", "this Python")


def place_of(error: MontyError) -> Place | None:
    """Where it happened: the innermost of the program's own lines, if any is known."""
    frames = error.traceback() if isinstance(error, MontyRuntimeError | MontySyntaxError) else []
    own = [frame for frame in frames if frame.filename == PROGRAM]
    return Place(own[-1].line, read=own[-1].function_name is not None) if own else None


def exception_of(error: MontyError) -> str:
    """The exception's name as the program would catch it."""
    if isinstance(error, MontySyntaxError):
        return "SyntaxError"
    name = _NAME.match(str(error))
    return name[0] if name else "Exception"


def _shown(place: Place | None, source: str) -> str:
    lines = source.splitlines()
    if place is None or place.line > len(lines):
        return ""
    return f", line {place.line}: {lines[place.line - 1].strip()[:SHOWN]}"
