"""One sentence for people: what a run does, or what it waits for."""

from datetime import datetime, timedelta
from typing import Any

from api.runs.schemas import WaitingFor
from api.runs.standing import breakpoint_of

LONGEST = 300


def run_sentence(row: Any, waiting: list[WaitingFor], titles: dict[str, str], now: datetime) -> str:
    """What is to be said of a run; `row` is a summary's row, `titles` name waiting paths."""
    match row["status"]:
        case "pending":
            said = pending_sentence(row, waiting)
        case "running" | "paused" if row["requested"] == "cancel":
            said = "Cancelling"
        case "running" if row["requested"] == "pause":
            said = "Pausing: what runs goes on, nothing new begins"
        case "paused" if row["pause"] and row["requested"] != "resume":
            said = pause_sentence(row, now)
        case "running" | "paused":
            said = waiting_sentence(row, waiting, titles, now)
        case "stopping":
            said = f"Stopping; it will end as {row['stopping_as'] or 'stopped'}"
        case "completed":
            said = f"Completed in {length_of(row['completed_at'] - (row['started_at'] or row['created_at']))}"
        case "failed":
            said = failure_sentence(row["error"])
        case "cancelled":
            said = f"Cancelled: {row['requested_reason']}" if row["requested_reason"] else "Cancelled"
        case _:
            said = (row["error"] or {}).get("message") or "Terminated, without clean-up"
    return f"{cut(said).rstrip('.')}."


def pending_sentence(row: Any, waiting: list[WaitingFor]) -> str:
    """What a run waits for that has not begun."""
    if row["start_after"] is None:
        return "Created, and waiting to be started"
    if row["requested"] == "pause":
        return "It will start paused"
    if waiting and waiting[0].kind == "slot":
        return f"Waiting for a free slot: {row['slot_limit']} may be open at once"
    return "Starting" if row["has_worker"] else "Waiting for a worker: none is running"


def pause_sentence(row: Any, now: datetime) -> str:
    """Who paused a run, since when and why, or what it stopped before."""
    pause = row["pause"]
    since = f"since {clock_of(datetime.fromisoformat(pause['at']), now)}"
    if over := pause.get("budget"):
        return f"Paused {since}: {budget_sentence(over)}"
    if path := breakpoint_of(row):
        return f"Paused before {path} {since}"
    reason = f": {pause['reason']}" if pause["reason"] else ""
    return f"Paused by {pause['by']['name']} {since}{reason}"


def budget_sentence(over: dict[str, Any]) -> str:
    """Which limit a run has met, whose it is, and how it is raised."""
    units = {"cost_usd": "US dollars", "tokens": "tokens", "seconds": "seconds of work"}
    limit, run_id = over["limit"], over["run_id"]
    option = f"--{limit.replace('_', '-')} N"
    if over["of"] == "project":
        whose, mend = "the project's budget of this month", f"plait budget {option}"
    else:
        whose, mend = "the budget", f"plait runs budget {run_id} {option}, or POST /workflow_runs/{run_id}/budget"
    reserved = f" and {over['reserved']} reserved" if over["reserved"] != "0" else ""
    reached = f"{whose}, {over['amount']} {units[limit]}, is reached, with {over['spent']} spent{reserved}"
    return f"{reached}; raise it with {mend}"


def waiting_sentence(row: Any, waiting: list[WaitingFor], titles: dict[str, str], now: datetime) -> str:
    """The most telling thing that an open run waits for: people first, then incidents, then the rest."""
    if not waiting:
        return f"Running: {row['completed_nodes']} of {row['total_nodes']} nodes done"
    order = ["gate", "incident", "inbound_event", "worker", "retry", "timer"]
    first = min(waiting, key=lambda each: order.index(each.kind) if each.kind in order else len(order))
    title = titles.get(first.path or "", first.path or "")
    since = f" since {clock_of(first.since, now)}"
    due = f", due {day_of(first.until, now)}" if first.until else ""
    more = row["waiting_total"] - 1
    rest = f", and {more} more" if more > 0 and first.kind != "worker" else ""
    match first.kind:
        case "gate":
            return f"Waiting for {people_of(first.who)}: {title}{since}{due}{rest}"
        case "incident":
            return f"Held at {title}{since}: it failed and needs a person{rest}"
        case "inbound_event":
            return f"Waiting for an event at {title}{since}{due}{rest}"
        case "worker":
            return f"Waiting for a worker{since}: none is running"
        case "retry":
            return f"Waiting to try {title} again{since}{rest}"
        case _:
            until = f" until {clock_of(first.until, now)}" if first.until else since
            return f"Waiting at {title}{until}{rest}"


def failure_sentence(error: dict[str, Any] | None) -> str:
    """Where and why a run failed."""
    if not error:
        return "Failed"
    where = f" at {error['node']}" if error.get("node") else ""
    return f"Failed{where}: {str(error.get('message', '')).partition(chr(10))[0]}"


def people_of(who: list[str]) -> str:
    """`group:legal`, `user:ana@x.io` as people say it."""
    names = [each.partition(":")[2] or each for each in who]
    return " or ".join(names) if len(names) < 4 else f"{', '.join(names[:2])} or {len(names) - 2} others"


def clock_of(moment: datetime | None, now: datetime) -> str:
    """The time of day, with the day when it is not today."""
    if moment is None:
        return ""
    return f"{moment:%H:%M}" if moment.date() == now.date() else f"{moment:%d %b %H:%M}"


def day_of(moment: datetime, now: datetime) -> str:
    """Today by the clock, this week by the weekday, else by the date."""
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{moment:%A}" if timedelta() < moment - now < timedelta(days=6) else f"{moment:%d %b %Y}"


def length_of(duration: timedelta) -> str:
    """`3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`."""
    seconds = max(duration.total_seconds(), 0)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def cut(text: str) -> str:
    """At most three hundred characters."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
