"""Pages by keyset: the cursor is the place of the last row, so new rows never shift a page."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query

from api.errors import Refusal

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind the row of this time and id."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class PageOrder:
    """Which page is asked for."""

    limit: int
    cursor: str | None
    total: bool

    def place(self, filters: object) -> Place | None:
        """Where to begin; None is at the top. A cursor is bound to the filters it was made under."""
        return read_cursor(self.cursor, filters) if self.cursor is not None else None

    def cut(self, rows: Sequence[Row], filters: object, key: Callable[[Row], Place]) -> tuple[list[Row], str | None]:
        """At most `limit` of `limit + 1` rows, and the cursor for those behind them."""
        if len(rows) <= self.limit:
            return list(rows), None
        kept = list(rows[: self.limit])
        return kept, write_cursor(key(kept[-1]), filters)


def page_order(
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")] = None,
    *,
    total: Annotated[bool, Query(description="Count as well, exactly up to 10,000.")] = False,
) -> PageOrder:
    """The paging parameters that every list takes."""
    return PageOrder(limit, cursor, total)


Paging = Annotated[PageOrder, Depends(page_order)]


def write_cursor(place: Place, filters: object) -> str:
    """An opaque text for a place among the rows that `filters` let through."""
    raw = orjson.dumps([filter_hash(filters), place.at, place.id])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str, filters: object) -> Place:
    """The place a cursor stands for."""
    try:
        raw: Any = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        written, at, identifier = raw
        place = Place(datetime.fromisoformat(at).astimezone(UTC), UUID(identifier))
    except (ValueError, TypeError, AttributeError, binascii.Error, orjson.JSONDecodeError):
        raise Refusal("invalid_cursor", "The cursor is not one that a list gave out.") from None
    if written != filter_hash(filters):
        raise Refusal("cursor_mismatch", "The cursor was made under other filters; begin again without it.")
    return place


def filter_hash(filters: object) -> str:
    """A few letters that differ where the filters do."""
    text = orjson.dumps(filters, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:12]
