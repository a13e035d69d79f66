"""The schedules of an export: a list for each workflow, each as it would be sent to be made. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from api.schedules.schemas import NewSchedule
from interpreter.values import canonical
from plait.clock import rfc3339
from plait.store.schedules import Settings

KEPT = tuple(name for name in Settings.__dataclass_fields__ if name not in ("timing", "start_at", "end_at"))


def said_of(row: Any) -> dict[str, Any]:
    """A schedule as a file holds it."""
    moments = {name: rfc3339(row[name]) if row[name] else None for name in ("start_at", "end_at")}
    return {"name": row["name"], **row["timing"], **moments, **{name: row[name] for name in KEPT}}


def in_order(said: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Always in one order."""
    return sorted(said, key=lambda each: (each["name"], canonical(each)))


def schedule_in(slug: str, said: Mapping[str, Any]) -> NewSchedule:
    """What a file says of one. Raises pydantic's ValidationError."""
    return NewSchedule.model_validate_json(orjson.dumps({**said, "workflow": slug}))
