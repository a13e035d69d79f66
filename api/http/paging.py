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

from api.http.errors import Refusal

Row = TypeVar("Row")
Place = TypeVar("Place", bound=tuple[Any, ...])
COUNTED = 10_000
"""A total is exact up to this many; queries count one more to tell."""


@dataclass(frozen=True, slots=True)
class PageOrder:
    """Which page is asked for."""

    limit: int
    cursor: str | None
    total: bool

    def after(self, filters: object, read: Callable[[Sequence[Any]], Place]) -> Place | None:
        """The place behind which to begin; None is at the top. A cursor is bound to its filters.

        `read` makes a place of the parts that were written; it raises ValueError or TypeError.
        """
        return None if self.cursor is None else read_cursor(self.cursor, filters, read)

    def cut(
        self, rows: Sequence[Row], filters: object, place: Callable[[Row], tuple[Any, ...]]
    ) -> tuple[list[Row], str | None]:
        """At most `limit` of `limit + 1` rows, and the cursor for those behind them."""
        kept = list(rows[: self.limit])
        return kept, write_cursor(place(kept[-1]), filters) if len(rows) > self.limit else None

    def totals(self, counted: int | None) -> dict[str, Any]:
        """`total` and `total_is_exact` of a page, from a count that stops one above `COUNTED`."""
        if counted is None:
            return {}
        return {"total": min(counted, COUNTED), "total_is_exact": counted <= COUNTED}


def page_order(
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")] = None,
    *,
    total: Annotated[bool, Query(description="Count as well, exactly up to 10,000.")] = False,
) -> PageOrder:
    """The paging parameters that every list takes."""
    return PageOrder(limit, cursor, total)


Paging = Annotated[PageOrder, Depends(page_order)]


def by_age(parts: Sequence[Any]) -> tuple[datetime, UUID]:
    """The place of a row in a list that is sorted by creation and id."""
    at, identifier = parts
    return datetime.fromisoformat(at).astimezone(UTC), UUID(identifier)


def write_cursor(place: Sequence[Any], filters: object) -> str:
    """An opaque text for a place among the rows that `filters` let through."""
    raw = orjson.dumps([filter_hash(filters), *place], default=str)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str, filters: object, read: Callable[[Sequence[Any]], Place]) -> Place:
    """The place a cursor stands for."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        written, *parts = orjson.loads(raw)
        place = read(parts) if (fits := written == filter_hash(filters)) else None
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error):
        raise Refusal("invalid_cursor", "The cursor is not one that a list gave out.") from None
    if not fits or place is None:
        raise Refusal("cursor_mismatch", "The cursor was made under other filters; begin again without it.")
    return place


def filter_hash(filters: object) -> str:
    """A few letters that differ where the filters do."""
    text = orjson.dumps(filters, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:12]
