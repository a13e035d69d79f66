"""The output of a map, put together from those of its items."""

from typing import Any
from uuid import UUID

from asyncpg import Record

from activities.kind import NodeError
from activities.patience import patiently
from activities.shell.attempt import Attempt
from interpreter.state import NodeStatus
from interpreter.values import Json
from plait.store.items import ItemsOf
from plait.store.payloads import VALUE_BYTES, ResultTooLarge
from plait.store.tasks import NodeFound
from plait.store.values import value_in

WINDOW = 500
"""Rows that are read at once."""


def items_of(attempt: Attempt) -> ItemsOf:
    """The items of the attempt's map."""
    task = attempt.task
    return ItemsOf(task.project, UUID(task.run_id), task.path, task.generation)


def count_in(row: NodeFound | None) -> int:
    """How many items an opened map has, as its row says."""
    assert row is not None, "a map is opened before anything else becomes of it"
    assert row.input is not None
    return row.input.inline["items"]


async def collect(attempt: Attempt, count: int) -> list[Json]:
    """The outputs of the items in their order, as `on_item_error` says. Raises ResultTooLarge as soon as
    they are more than one value may be.
    """
    how = attempt.node.node.with_.get("on_item_error", "fail")
    collected: list[Json] = []
    size = 0
    for first in range(0, count, WINDOW):
        stop = min(first + WINDOW, count)
        rows = await patiently(
            lambda first=first, stop=stop: attempt.services.items.ends(items_of(attempt), first, stop)
        )
        size += sum(row["output_size"] or 0 for row in rows if row is not None)
        if size > VALUE_BYTES:
            raise ResultTooLarge(
                f"The outputs of the items are more than the {VALUE_BYTES // 1024**2} MiB that one value may have: "
                "let each item give a file, or only what later nodes need."
            )
        outputs = await _outputs(attempt, rows)
        collected += _taken(how, first, rows, outputs)
    return collected


async def _outputs(attempt: Attempt, rows: list[Record | None]) -> list[Json]:
    """The output of each row; null where there is none."""
    stored = [None if row is None else value_in(dict(row), "output") for row in rows]
    values = await patiently(
        lambda: attempt.services.payloads.values(attempt.task.project, [each for each in stored if each is not None])
    )
    following = iter(values)
    return [None if each is None else next(following) for each in stored]


def _taken(how: str, first: int, rows: list[Record | None], outputs: list[Json]) -> list[Json]:
    completed = [row is not None and row["status"] == NodeStatus.COMPLETED for row in rows]
    match how:
        case "collect":
            return [
                _entry(first + place, row, output)
                for place, (row, output) in enumerate(zip(rows, outputs, strict=True))
            ]
        case "skip":
            return [output for output, ended in zip(outputs, completed, strict=True) if ended]
        case _:
            if not all(completed):
                index = first + completed.index(False)
                raise NodeError("ItemFailed", f"item {index} did not complete", details={"item": index})
            return outputs


def _entry(index: int, row: Record | None, output: Json) -> dict[str, Any]:
    """One item of a map that collects; an item that never began counts as cancelled."""
    status, error = (NodeStatus.CANCELLED.value, None) if row is None else (row["status"], row["error"])
    return {"index": index, "status": status, "output": output, "error": error}
