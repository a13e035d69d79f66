"""Values as rows keep them: inline while small, else by the id of a payload."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from plait.store.changes import StoredValue

INLINE_BYTES = 8 * 1024


def encode(value: Any) -> bytes:
    """The bytes that are sized, hashed and stored: compact JSON with sorted keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def inline(value: Any, data: bytes) -> StoredValue:
    """A small value, kept in its row. `data` is its encoding."""
    return StoredValue(size=len(data), sha256=hashlib.sha256(data).hexdigest(), inline=value)


def value_in(row: Mapping[str, Any], column: str) -> StoredValue | None:
    """The value that the row keeps in `{column}`, `{column}_ref`, `{column}_size` and `{column}_sha256`.

    None where there is none; a stored JSON null is a StoredValue whose `inline` is None.
    """
    sha256 = row[f"{column}_sha256"]
    if sha256 is None:
        return None
    return StoredValue(size=row[f"{column}_size"] or 0, sha256=sha256, inline=row[column], ref=row[f"{column}_ref"])
