"""The names of tools: those of sources, and those made of what others call their operations."""

import re
from collections.abc import Container, Iterable
from fnmatch import fnmatchcase

SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Of an OpenAPI document and an MCP server: what stands before the dot of their tools."""
TOOL_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
LONGEST = 100
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def plain_name(said: str) -> str:
    """A name of `a-z`, `0-9` and `_`: `createContact` and `create-contact` are `create_contact`."""
    words = re.sub(r"[^a-z0-9]+", "_", _WORDS.sub("_", said).lower()).strip("_")
    return (words if words[:1].isalpha() else f"n_{words}".rstrip("_"))[:60]


def unlike(name: str, taken: Container[str]) -> str:
    """The name, or with a number where it is taken."""
    number = 1
    candidate = name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def is_among(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns (`create_*`) means the name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
