"""Two runs side by side: the path that each took, and where their values part, by hash."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from api.http.paging import PageOrder
from api.http.security import may_not_read_data
from api.reruns.schemas import (
    ComparedNode,
    ComparedRun,
    ComparedSide,
    ComparedValue,
    Comparison,
    ValueDifference,
)
from api.resources import Resources
from api.runs.purged import refuse_purged
from api.runs.views import milliseconds
from interpreter.values import Json, canonical
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import reuse as store

SHOWN_BYTES = 8 * 1024
"""Values up to this are shown; longer ones are compared by their hash alone."""
DIFFERENCES = 20
"""Of two values at most so many places are told."""


async def compare_runs(
    held: Resources, left_id: UUID, right_id: UUID, page: PageOrder, caller: Caller, *, differing: bool
) -> Comparison:
    """A page of the paths of both."""
    left, right = [await _read(held, caller, run_id) for run_id in (left_id, right_id)]
    redacted = may_not_read_data(caller)
    filters = ["compare", str(left_id), str(right_id), differing]
    after = (page.after(filters, _place) or ("",))[0]
    rows = await store.compare_nodes(held.pool, left_id, right_id, after, page.limit + 1, differing=differing)
    kept, next_cursor = page.cut(rows, filters, lambda row: (row["sort_key"],))
    same_workflow = left["workflow_id"] == right["workflow_id"]
    return Comparison(
        left=_run_of(left),
        right=_run_of(right),
        same_workflow=same_workflow,
        same_version=same_workflow and left["version"] == right["version"],
        input=value_of(left, right, "input", redacted=redacted),
        output=value_of(left, right, "output", redacted=redacted),
        items=[_node_of(row, redacted=redacted) for row in kept],
        next_cursor=next_cursor,
        redacted=redacted,
    )


async def _read(held: Resources, caller: Caller, run_id: UUID) -> Any:
    row = await store.read_compared(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    refuse_purged(row)
    return row


def _place(parts: Sequence[Any]) -> tuple[str]:
    (key,) = parts
    return (str(key),)


def _run_of(row: Any) -> ComparedRun:
    return ComparedRun(
        id=row["id"],
        version=row["version"],
        environment=row["environment"],
        status=row["status"],
        duration_ms=milliseconds(row["started_at"], row["completed_at"]),
        cost_usd=_cost_of(row),
    )


def _node_of(row: Any, *, redacted: bool) -> ComparedNode:
    left, right = row["left"], row["right"]
    given = value_of(left or {}, right or {}, "input", redacted=redacted)
    made = value_of(left or {}, right or {}, "output", redacted=redacted)
    alike = bool(left and right) and (left["status"], left["outcome"]) == (right["status"], right["outcome"])
    return ComparedNode(
        path=row["path"],
        node=row["node"],
        type=row["type"],
        same=alike and given.equal and made.equal,
        left=_side_of(left),
        right=_side_of(right),
        input=given,
        output=made,
    )


def _side_of(row: Mapping[str, Any] | None) -> ComparedSide | None:
    if row is None:
        return None
    reason = (row["why"] or {}).get("reason")
    return ComparedSide(
        status=row["status"],
        outcome=row["outcome"],
        reused=reason == "reused",
        attempts=len(row["attempts"]),
        duration_ms=milliseconds(_moment(row["started_at"]), _moment(row["completed_at"])),
        cost_usd=_cost_of(row),
        error_type=(row["error"] or {}).get("type"),
        reason=None if reason == "reused" else reason,
    )


def _cost_of(row: Mapping[str, Any]) -> str | None:
    cost = row["cost_usd"]
    return None if cost is None else format(Decimal(str(cost)), "f")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def value_of(left: Mapping[str, Any], right: Mapping[str, Any], column: str, *, redacted: bool) -> ComparedValue:
    """A value of two rows, of which either may have none."""
    sizes = [row.get(f"{column}_size") if row.get(f"{column}_sha256") else None for row in (left, right)]
    shown = [
        row.get(column) if not redacted and (row.get(f"{column}_size") or 0) <= SHOWN_BYTES else None
        for row in (left, right)
    ]
    equal = left.get(f"{column}_sha256") == right.get(f"{column}_sha256")
    both_shown = not equal and not redacted and all(size is not None and size <= SHOWN_BYTES for size in sizes)
    found = islice(differences(shown[0], shown[1]), DIFFERENCES) if both_shown else ()
    return ComparedValue(
        equal=equal,
        left=shown[0],
        right=shown[1],
        left_size=sizes[0],
        right_size=sizes[1],
        differences=[ValueDifference(pointer=pointer, left=a, right=b) for pointer, a, b in found],
    )


def differences(left: Json, right: Json, pointer: str = "") -> Iterator[tuple[str, Json, Json]]:
    """The places at which two values differ, as JSON Pointers, as deep as both have them."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted(left.keys() | right.keys()):
            inner = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from differences(left.get(name), right.get(name), inner)
    elif isinstance(left, list) and isinstance(right, list):
        for index in range(max(len(left), len(right))):
            a, b = (values[index] if index < len(values) else None for values in (left, right))
            yield from differences(a, b, f"{pointer}/{index}")
    elif canonical(left) != canonical(right):
        yield pointer, left, right
