"""Rows of a run in the words of a fixture. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from plait.clock import rfc3339

MOCKED = ("type", "message", "category", "retryable", "details")
"""What a mock says of an error; node and attempt are where it stands."""
TOLD = frozenset({"no_terminal_executed", "compensated", "compensation_failed"})
"""The flags that a workflow sets by itself; others tell of people and of the clock on the wall."""
FOR_EVER = 30 * 86_400
"""What was stopped while it ran had not come to its end."""


def mock_of(row: Any, output: Any) -> list[dict[str, Any]]:
    """The attempts of a node as they were; of one that was stopped, an attempt that has no end."""
    attempts = [attempt for attempt in row["attempts"] if attempt.get("started_at")]
    if not attempts and row["status"] == "completed":
        # Taken over from another run, given by a run below, or said by hand.
        return [{"output": output}]
    told = [attempt_of(row, attempts, place, output) for place in range(len(attempts))]
    if row["status"] == "failed" and row["error"] and told and "error" not in told[-1]:
        told[-1] = {**told[-1], "error": error_of(row["error"])}
    return told


def attempt_of(row: Any, attempts: list[dict[str, Any]], place: int, output: Any) -> dict[str, Any]:
    """One attempt: how it ended, and after how long. The first one's time counts from the decision to run."""
    attempt = attempts[place]
    began = datetime.fromisoformat(attempt["started_at"])
    if place == 0 and row["ready_at"] is not None:
        began = min(began, row["ready_at"])
    ended = datetime.fromisoformat(attempt["completed_at"]) if attempt.get("completed_at") else row["completed_at"]
    last = place == len(attempts) - 1
    if attempt["status"] == "completed":
        return {"output": output, "after": seconds(began, ended)}
    if attempt.get("error"):
        return {"error": error_of(attempt["error"]), "after": seconds(began, ended)}
    if last and row["status"] == "failed" and row["error"]:
        return {"error": error_of(row["error"]), "after": seconds(began, ended)}
    if last:
        return {"output": None, "after": FOR_EVER}
    began_again = datetime.fromisoformat(attempts[place + 1]["started_at"])
    return {"error": {"type": "Timeout", "message": "the attempt was lost"}, "after": seconds(began, began_again)}


def answers_of(rows: Iterable[Any]) -> dict[str, Any]:
    """What people answered, by gate."""
    answers: dict[str, Any] = {}
    for row in rows:
        if row["status"] == "expired":
            answers[row["path"]] = "expires"
        elif row["decision"] is not None:
            answers.setdefault(row["path"], []).append(vote_of(row))
    return answers


def vote_of(row: Any) -> dict[str, Any]:
    """One vote; what it does not say is left out."""
    said = {"groups": list(row["groups"]), "form": row["form"], "comment": row["comment"]}
    after = seconds(row["opened_at"], row["at"])
    return {
        "decision": row["decision"],
        "by": row["by"],
        **{name: value for name, value in said.items() if value},
        "after": after,
    }


def expected_of(run: Any, output: Any, rows: Iterable[Any]) -> dict[str, Any]:
    """What came of the run. The order of the nodes is left out: on another clock, equals change places."""
    expected: dict[str, Any] = {"status": run["status"]}
    if run["status"] == "completed":
        expected["output"] = output
    if run["error"]:
        expected["error"] = run["error"]["type"]
    expected["skipped"] = {row["path"]: (row["why"] or {}).get("reason") for row in rows if row["status"] == "skipped"}
    expected["flags"] = [flag for flag in run["flags"] if flag in TOLD]
    return expected


def error_of(error: Mapping[str, Any]) -> dict[str, Any]:
    """An error as it is on record, without its place."""
    return {name: error[name] for name in MOCKED if error.get(name) not in (None, {})}


def seconds(began: datetime, ended: datetime | None) -> float:
    """Whole milliseconds from one moment to the other; 0 where the second is not known or earlier."""
    return max(0.0, round((ended - began).total_seconds(), 3)) if ended is not None else 0.0


def moment(at: datetime) -> str:
    """A moment as expressions read it."""
    return rfc3339(at)
