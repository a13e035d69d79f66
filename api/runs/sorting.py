"""The orders of the list of runs, and the place of a row in each, which its cursor says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from uuid import UUID

from api.http.paging import by_age
from plait.store.lists import DEAREST, LONGEST, NEWEST, Order

Sort = Literal["-created_at", "-duration_ms", "-cost_usd"]
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Sorting:
    """An order, the place of a row in it as a cursor has it, and how that is read again (ValueError, TypeError)."""

    order: Order
    place: Callable[[Any], tuple[Any, ...]]
    read: Callable[[Sequence[Any]], tuple[Any, UUID]]


def age_of(row: Any) -> tuple[Any, ...]:
    """By creation."""
    return row["created_at"], row["id"]


def length_of(row: Any) -> tuple[Any, ...]:
    """By microseconds from start to end; what has not ended counts as nothing."""
    ended = row["completed_at"] and row["started_at"]
    return (row["completed_at"] - row["started_at"]) // MICROSECOND if ended else 0, row["id"]


def by_length(parts: Sequence[Any]) -> tuple[timedelta, UUID]:
    """The place in a list that is sorted by length."""
    length, identifier = parts
    return int(length) * MICROSECOND, UUID(identifier)


def cost_of(row: Any) -> tuple[Any, ...]:
    """By dollars; what is not known counts as nothing."""
    return str(row["cost_usd"] or 0), row["id"]


def by_cost(parts: Sequence[Any]) -> tuple[Decimal, UUID]:
    """The place in a list that is sorted by cost."""
    cost, identifier = parts
    try:
        return Decimal(cost), UUID(identifier)
    except InvalidOperation as error:
        raise ValueError(cost) from error


SORTS: dict[Sort, Sorting] = {
    "-created_at": Sorting(NEWEST, age_of, by_age),
    "-duration_ms": Sorting(LONGEST, length_of, by_length),
    "-cost_usd": Sorting(DEAREST, cost_of, by_cost),
}
