"""Rows as they are shown: a run, its summary, a node."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

import orjson

from api.http.models import ActorView
from api.runs.schemas import (
    AttemptView,
    BudgetView,
    ErrorView,
    Links,
    NodeRun,
    Origin,
    OutputRef,
    OverrideView,
    PausedBefore,
    Run,
    RunSummary,
    RunWorkflow,
    Tokens,
    UsesView,
    WaitingFor,
)
from api.runs.sentences import run_sentence
from api.runs.standing import Standing, breakpoint_of, offered
from interpreter.plan.model import Plan
from interpreter.shell.wire import workflow_id
from interpreter.state import FINAL_RUN
from plait.settings import Settings

API = "/api/v1"
OPEN = ("pending", "running", "paused", "stopping")
WaitKind = Literal["gate", "inbound_event", "timer", "retry", "incident"]


def summary_of(row: Any, settings: Settings, now: datetime) -> RunSummary:
    """A run as lists show it."""
    return RunSummary(**summary_fields(row, settings, now))


def run_of(
    row: Any,
    plan: Plan,
    settings: Settings,
    now: datetime,
    *,
    redacted: bool,
    nodes: list[NodeRun] | None = None,
    paused_before: Sequence[Any] = (),
) -> Run:
    """A run with its values, or without them for who may not read data."""
    fields = summary_fields(row, settings, now)
    active = milliseconds_of(active_time(row, now)) if row["started_at"] else None
    duration = fields["duration_ms"]
    values: dict[str, Any] = {"input": None, "input_ref": None, "output": None, "output_ref": None}
    if not redacted:
        values = shown_value(row, "input") | shown_value(row, "output")
    return Run(
        **fields,
        **values,
        phases=[node.id for node in plan.nodes],
        debug=row["debug"],
        breakpoints=row["breakpoints"],
        uses=UsesView.model_validate({"models": {}, "agents": {}, **row["uses"]}),
        paused_before=[paused_before_of(each, redacted=redacted) for each in paused_before],
        budget=budget_of(row),
        active_ms=active,
        waiting_ms=max(duration - active, 0) if duration is not None and active is not None else None,
        nodes=nodes,
        redacted=redacted,
    )


def cost_text(cost: Decimal | None) -> str | None:
    """Dollars as bodies have them; null is not known."""
    return None if cost is None else f"{cost:f}"


def budget_of(row: Any) -> BudgetView | None:
    """What the run may spend, and what is set aside of it for calls that are under way."""
    said = row["budget"]
    if said is None:
        return None
    return BudgetView(
        cost_usd=None if "cost_usd" not in said else f"{Decimal(str(said['cost_usd'])).normalize():f}",
        tokens=said.get("tokens"),
        seconds=said.get("seconds"),
        reserved_usd=f"{row['reserved_usd']:f}",
        reserved_tokens=row["reserved_tokens"],
    )


def active_time(row: Any, now: datetime) -> timedelta:
    """For how long at least one attempt was executing, so far."""
    return row["active_for"] + (max(now - row["active_at"], timedelta()) if row["executing"] else timedelta())


def summary_fields(row: Any, settings: Settings, now: datetime) -> dict[str, Any]:
    """What a run and its summary have in common."""
    waiting = waiting_of(row)
    titles = {each["path"]: each["title"] or each["name"] or each["path"] for each in row["waiting"]}
    return {
        "id": row["id"],
        "workflow": RunWorkflow(
            id=row["workflow_id"], slug=row["slug"], name=row["workflow_name"], version=row["version"]
        ),
        "environment": row["environment"],
        "key": row["key"],
        "status": row["status"],
        "requested": shown_request(row),
        "flags": flags_of(row),
        "waiting_for": waiting,
        "message": run_sentence(row, waiting, titles, now),
        "progress_percent": progress_of(row["status"], row["completed_nodes"] + row["begun_nodes"], row["total_nodes"]),
        "completed_nodes": row["completed_nodes"],
        "total_nodes": row["total_nodes"],
        "error": ErrorView(**row["error"]) if row["error"] else None,
        "cost_usd": cost_text(row["cost_usd"]),
        "own_cost_usd": cost_text(row["own_cost_usd"]),
        "tokens": Tokens(input=row["input_tokens"], output=row["output_tokens"]),
        "tags": row["tags"],
        "metadata": row["metadata"],
        "note": row["note"],
        "origin": Origin(**row["origin"]),
        "parent_run_id": row["parent_run_id"],
        "owner": row["owner"],
        "started_by": ActorView(**row["started_by"]),
        "created_at": row["created_at"],
        "started_at": row["started_at"],
        "completed_at": row["completed_at"],
        "duration_ms": milliseconds(row["started_at"], row["completed_at"] or now),
        "allowed_actions": allowed_actions(row, [each.kind for each in waiting]),
        "last_seq": row["last_seq"],
        "links": links_of(row["id"], settings),
    }


def flags_of(row: Any) -> list[str]:
    """The stored flags, and `no_worker` while nobody is there to go on."""
    return [*row["flags"], *(["no_worker"] if lacks_worker(row) else [])]


def lacks_worker(row: Any) -> bool:
    """Whether the run is to go on and no worker is alive."""
    asked_for = row["start_after"] is not None or row["status"] != "pending"
    return row["status"] in OPEN and asked_for and not row["has_worker"]


def waiting_of(row: Any) -> list[WaitingFor]:
    """Everything that an open run waits for."""
    found = [
        WaitingFor(
            kind=waiting_kind(each["status"], each["type"]),
            path=each["path"],
            since=datetime.fromisoformat(each["since"]),
            until=datetime.fromisoformat(each["until"]) if each["until"] else None,
            who=each["who"] or [],
            gate_id=each["gate_id"],
        )
        for each in row["waiting"]
    ]
    if row["status"] == "paused" and row["pause"] and (path := breakpoint_of(row)):
        since = datetime.fromisoformat(row["pause"]["at"])
        found.append(WaitingFor(kind="breakpoint", path=path, since=since, until=None, who=[], gate_id=None))
    if row["status"] == "paused" and row["pause"] and (over := row["pause"].get("budget")):
        since, path = datetime.fromisoformat(row["pause"]["at"]), over.get("path")
        found.append(WaitingFor(kind="budget", path=path, since=since, until=None, who=[], gate_id=None))
    if waits_for_slot(row):
        found.append(WaitingFor(kind="slot", path=None, since=row["created_at"], until=None, who=[], gate_id=None))
    elif lacks_worker(row):
        since = row["started_at"] or row["created_at"]
        found.append(WaitingFor(kind="worker", path=None, since=since, until=None, who=[], gate_id=None))
    return found


def waits_for_slot(row: Any) -> bool:
    """Whether the run begins as soon as another one of its concurrency key has ended."""
    waits = row["slot"] is not None and row["slot_at"] is None
    return waits and row["status"] == "pending" and row["start_after"] is not None


def waiting_kind(status: str, node_type: str) -> WaitKind:
    """What a node that waits waits for."""
    if status == "held":
        return "incident"
    if status == "retrying":
        return "retry"
    kinds: dict[str, WaitKind] = {"human_gate": "gate", "event": "inbound_event"}
    return kinds.get(node_type, "timer")


def shown_request(row: Any) -> Literal["cancel", "pause"] | None:
    """What was asked of an open run and shows in its status soon; that it is to go on is no state of its own."""
    match row["requested"]:
        case "cancel" | "pause" as requested if row["status"] not in FINAL_RUN:
            return requested
        case _:
            return None


def allowed_actions(row: Any, kinds: Sequence[str] = ()) -> list[str]:
    """What a person may do with the run now, by its row and by what it waits for."""
    if row["status"] in FINAL_RUN:
        return ["rerun", "delete"]
    start = ["start"] if row["status"] == "pending" and row["start_after"] is None else []
    return [*start, *offered(Standing.of(row)), *(["override"] if "incident" in kinds else [])]


def progress_of(status: str, done: float, total: int) -> int:
    """Settled nodes, and what is done of those that run, of all nodes; a hundred only when it completed."""
    if status == "completed":
        return 100
    return min(99, int(done * 100 / total)) if total else 0


def links_of(run_id: Any, settings: Settings) -> Links:
    """Where more of the run is."""
    here = f"{API}/workflow_runs/{run_id}"
    temporal = None
    if ui := settings.temporal_ui_url:
        namespace = quote(settings.temporal_namespace, safe="")
        workflow = quote(workflow_id(str(run_id)), safe="")
        temporal = f"{ui.rstrip('/')}/namespaces/{namespace}/workflows/{workflow}"
    return Links(self=here, nodes=f"{here}/nodes", events=f"{here}/events", graph=f"{here}/graph", temporal=temporal)


def shown_value(row: Any, column: str) -> dict[str, Any]:
    """A value inline, or, where it is too long for this read, the reference to it."""
    ref, text = row[f"{column}_ref"], row.get(f"{column}_text")
    if ref is None:
        return {column: row[column], f"{column}_ref": None}
    if text is not None:
        return {column: orjson.loads(text), f"{column}_ref": None}
    size = row.get(f"{column}_size") or 0
    shown = OutputRef(
        url=f"{API}/payloads/{ref}",
        bytes=size,
        sha256=row[f"{column}_sha256"] or "",
        preview=preview_of(row.get(f"{column}_head")),
    )
    return {column: None, f"{column}_ref": shown}


def preview_of(head: bytes | None) -> str | None:
    """How a long value begins; a character that was cut in two is left out."""
    return None if head is None else head.decode(errors="ignore")


def node_of(row: Any, *, redacted: bool) -> NodeRun:
    """A node run from its newest row."""
    values: dict[str, Any] = {"input": None, "input_ref": None, "output": None, "output_ref": None}
    if not redacted:
        values = shown_value(row, "input") | shown_value(row, "output")
    return NodeRun(
        **values,
        path=row["path"],
        node=row["node"],
        type=row["type"],
        name=row["name"],
        status=row["status"],
        outcome=row["outcome"],
        attempt=row["attempt"],
        progress=row["progress"],
        message=row["message"],
        error=ErrorView(**row["error"]) if row["error"] else None,
        why=row["why"],
        metadata=row["metadata"],
        cost_usd=cost_text(row["cost_usd"]),
        tokens=Tokens(input=row["input_tokens"], output=row["output_tokens"]),
        trace_id=row["trace_id"],
        ready_at=row["ready_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        duration_ms=milliseconds(row["started_at"], row["completed_at"]),
        attempts=[AttemptView(**each) for each in row["every_attempt"]],
        redacted=redacted,
    )


def override_of(row: Any, node: NodeRun) -> OverrideView:
    """What a person did with a node; its parameters are data."""
    given = None if node.redacted else row["given"]
    return OverrideView(**{name: row[name] for name in ("id", "action", "by", "reason", "at")}, with_=given)


def paused_before_of(row: Any, *, redacted: bool) -> PausedBefore:
    """A node that the run is paused before."""
    values: dict[str, Any] = {"input": None, "input_ref": None} if redacted else shown_value(row, "input")
    return PausedBefore(**values, path=row["path"], node=row["node"], message=row["message"], redacted=redacted)


def milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    """The time between, where both are known."""
    return milliseconds_of(max(end - start, timedelta())) if start and end else None


def milliseconds_of(length: timedelta) -> int:
    """A length of time in whole milliseconds."""
    return length // timedelta(milliseconds=1)
