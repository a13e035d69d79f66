"""The run that a schedule wants at one of its times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plait.auth import Actor
from plait.clock import rfc3339
from plait.starts import Wanted
from plait.store.schedules import key_of
from plait.values.mapping import made_of

NAMES = ("scheduled_at",)
"""What the templates in a schedule's input may read."""


def wanted_at(row: Mapping[str, Any], at: datetime) -> Wanted:
    """The run of this time. Its key makes it one, however often it is asked for. Raises Invalid where
    the input cannot be made.
    """
    return _wanted(row, at, Actor("schedule", str(row["id"]), row["name"]), key_of(row["id"], at))


def wanted_now(row: Mapping[str, Any], at: datetime, by: Actor, idempotency_key: str | None) -> Wanted:
    """A run that somebody asks for besides. Raises as `wanted_at`."""
    key = None if idempotency_key is None else f"trigger:{row['id']}:{idempotency_key}"
    return _wanted(row, at, by, key)


def _wanted(row: Mapping[str, Any], at: datetime, by: Actor, key: str | None) -> Wanted:
    return Wanted(
        project=row["project"],
        workflow=str(row["workflow_id"]),
        input=made_of(row["input"], {"scheduled_at": rfc3339(at)}, ("input",)),
        by=by,
        origin={"kind": "schedule", "run_id": None, "node": None, "id": str(row["id"])},
        version=row["version"],
        environment=row["environment"],
        idempotency_key=key,
        tags=row["tags"],
    )
