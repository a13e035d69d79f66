"""JSON values, and their one canonical text."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

Json = Mapping[str, Any] | Sequence[Any] | str | int | float | bool | None
"""A JSON value. Objects are plain dicts, arrays plain lists; nothing else is ever in one."""


def canonical(value: Json) -> str:
    """Compact text with keys in code-point order: equal values have equal text.

    Raises ValueError for NaN and the infinities, which JSON does not have.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
