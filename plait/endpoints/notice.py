"""What endpoints are told of an event: ids and a summary, never values of a run; and the same as a sentence."""

from collections.abc import Mapping
from typing import Any, Final

from plait.clock import rfc3339

TYPES: Final[tuple[str, ...]] = (
    *(
        f"workflow.run.{what}"
        for what in (
            "created",
            "started",
            "paused",
            "resumed",
            "stopping",
            "completed",
            "failed",
            "cancelled",
            "terminated",
            "migrated",
            "budget_exceeded",
            "budget_alert",
            "blocked",
            "late",
        )
    ),
    *(
        f"workflow.gate.{what}"
        for what in (
            "opened",
            "voted",
            "commented",
            "delegated",
            "reminded",
            "escalated",
            "decided",
            "expired",
            "cancelled",
        )
    ),
)
"""What an endpoint may ask for: all that the feed has."""
TEST = "plait.test"
"""The type of a message that a person sends to see whether it arrives."""
TOLD = ("status", "stopping_as", "outcome", "flags", "gate_id", "title", "until", "output_size", "reason", "share")


def body_of(event: Any) -> dict[str, Any]:
    """`{type, timestamp, data}` of an event of the feed. Of an error only its type is told."""
    said: Mapping[str, Any] = event["data"]
    error = said.get("error") or {}
    return {
        "type": event["type"],
        "timestamp": rfc3339(event["time"]),
        "data": {
            "position": event["position"],
            "run_id": str(event["run_id"]),
            "seq": event["seq"],
            "workflow": {
                "id": str(event["workflow_id"]),
                "slug": event["slug"],
                "name": event["workflow_name"],
            },
            "environment": event["environment"],
            "key": event["key"],
            "path": event["path"],
            "error_type": error.get("type"),
            **{name: said.get(name) for name in TOLD},
        },
    }


def body_of_test(at: str) -> dict[str, Any]:
    """The body of a test."""
    return {"type": TEST, "timestamp": at, "data": {"message": "A test. Plait reaches this endpoint."}}


def sentence_of(body: Mapping[str, Any]) -> str:
    """The body in one sentence, for people."""
    data: Mapping[str, Any] = body["data"]
    if body["type"] == TEST:
        return data["message"]
    _, about, what = body["type"].split(".")
    name, run = data["workflow"]["name"], data["run_id"]
    if about == "gate":
        asked = f' "{data["title"]}"' if data["title"] else ""
        outcome = f": {data['outcome']}" if data["outcome"] else ""
        return f"{name}: gate{asked} at {data['path']} {spoken(what)}{outcome} (run {run})."
    if what == "budget_alert":
        return f"{name}: {float(data['share']):.0%} of the project's budget of the month is spent (run {run})."
    because = f" with {data['error_type']}" if data["error_type"] else ""
    return f"{name}: run {spoken(what)}{because} (run {run})."


def spoken(what: str) -> str:
    """The last word of a type, as people say it."""
    return what.replace("_", " ")
