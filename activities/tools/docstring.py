"""Descriptions from a docstring in Google's style."""

import inspect
import re
from collections.abc import Callable

_SECTION = re.compile(r"(Args|Arguments|Returns|Raises|Yields|Examples?|Notes?):\s*")
_ARGUMENT = re.compile(r"(\w+)(?:\s*\([^)]*\))?:\s*(.*)")


def describe(function: Callable[..., object]) -> tuple[str, dict[str, str]]:
    """What the function does, and what each of its arguments is."""
    summary: list[str] = []
    arguments: dict[str, str] = {}
    section = name = None
    for line in inspect.cleandoc(function.__doc__ or "").splitlines():
        if heading := _SECTION.fullmatch(line):
            section, name = heading[1], None
        elif section is None:
            summary.append(line)
        elif section in {"Args", "Arguments"} and line.strip():
            indent = len(line) - len(line.lstrip())
            if indent <= 4 and (match := _ARGUMENT.fullmatch(line.strip())):
                name = match[1]
                arguments[name] = match[2]
            elif name:
                arguments[name] = f"{arguments[name]} {line.strip()}".strip()
    return "\n".join(summary).strip(), arguments
