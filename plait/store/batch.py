"""One batch of changes in one transaction: lock the runs, read, decide, write."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from interpreter.state import FINAL_RUN, NodeStatus, RunStatus
from plait.store.changes import Change, EventMark, EventRow, GateRow, NodeRow, RunRow, Written
from plait.store.feed import is_fed
from plait.store.fingerprints import fingerprint_of
from plait.store.ledger import NodeNow, RunNow
from plait.store.money import open_books, write_books
from plait.store.pool import to_json
from plait.store.search import words_of_error
from plait.store.sql import as_columns, load

queries = load("recorder")


@dataclass(frozen=True, slots=True)
class _NoValue:
    """The columns of a value that a change leaves out."""

    inline: None = None
    ref: None = None
    size: None = None
    sha256: None = None


_NO_VALUE = _NoValue()


async def write_batch(connection: Any, changes: Sequence[Change]) -> tuple[list[Written], bool]:
    """Write the changes in their order, in one transaction; one answer for each, and whether the feed has news."""
    # The driver's own transaction would be two more round trips.
    await connection.execute(queries.begin)
    try:
        written = await _write(connection, changes)
        await connection.execute("COMMIT;")
    except BaseException:
        if connection.is_in_transaction():
            await connection.execute("ROLLBACK;")
        raise
    return written


async def _write(connection: Any, changes: Sequence[Change]) -> tuple[list[Written], bool]:
    entries = [change.entry for change in changes if change.entry is not None]
    runs = await _lock_runs(connection, {change.run_id for change in changes}, {entry.run_id for entry in entries})
    await _read(connection, runs, [change for change in changes if change.run_id in runs])
    await _read_inbound(connection, runs, changes)
    books = await open_books(connection, runs, entries) if entries else None
    written: list[Written] = []
    accepted: list[Change] = []
    for change in changes:
        run = runs.get(change.run_id)
        if run is None:
            answer = Written(accepted=False, status=None)
        elif books is not None and change.entry is not None:
            answer = books.apply(change.entry)
        else:
            answer = run.apply(change)
        written.append(answer)
        if answer.accepted:
            accepted.append(change)
    await _write_rows(connection, runs.values())
    if books is not None:
        await write_books(connection, books)
    await _write_refs(connection, runs.values())
    await _write_gates(connection, accepted)
    await _write_runs(connection, runs.values())
    return written, any(is_fed(event.type) for run in runs.values() for _, event in run.events)


async def _lock_runs(connection: Any, ids: set[UUID], spending: set[UUID]) -> dict[UUID, RunNow]:
    rows = await connection.fetch(queries.lock_runs, list(ids), list(spending))
    return {row["id"]: RunNow(*row.values()) for row in rows}


async def _read(connection: Any, runs: dict[UUID, RunNow], changes: Iterable[Change]) -> None:
    nodes = {(change.run_id, change.node.path) for change in changes if change.node is not None}
    nodes |= {(change.run_id, change.inbound.path) for change in changes if change.inbound is not None}
    keys = [(change.run_id, event.key) for change in changes for event in change.events]
    if not nodes and not keys:
        return
    there = await connection.fetchrow(queries.read, *as_columns(nodes, 2), *as_columns(keys, 2))
    for run_id, path, generation, *columns in there["nodes"] or ():
        runs[UUID(run_id)].know(path, generation, NodeNow(*columns))
    for run_id, key in there["keys"] or ():
        runs[UUID(run_id)].keys.add(key)


async def _read_inbound(connection: Any, runs: dict[UUID, RunNow], changes: Iterable[Change]) -> None:
    """The external events that the batch marks; most batches mark none."""
    wanted = [change.inbound.id for change in changes if change.inbound is not None]
    if not wanted:
        return
    for row in await connection.fetch(queries.read_inbound, wanted):
        run = runs.get(row["run_id"])
        if run is not None:
            run.inbound[row["id"]] = EventMark(row["id"], row["status"], row["path"], row["generation"])


async def _write_rows(connection: Any, runs: Iterable[RunNow]) -> None:
    """The nodes, the events and the counters of every run that has any."""
    nodes = [
        _node_columns(run, path, generation, node, node.row)
        for run in runs
        for (path, generation), node in run.nodes.items()
        if node.row is not None
    ]
    events = [_event_columns(run, seq, event) for run in runs for seq, event in run.events]
    counters = [
        (
            run.id,
            str(run.status),
            run.last_seq,
            run.completed_nodes,
            run.started_at,
            _newest(run),
            run.active_for,
            run.active_at,
            run.executing,
        )
        for run in runs
        if _is_touched(run)
    ]
    if counters:
        await connection.execute(
            queries.write, to_json(nodes).decode(), to_json(events).decode(), *as_columns(counters, 9)
        )


def _is_touched(run: RunNow) -> bool:
    return bool(run.events or run.rows or run.started_at) or any(node.row for node in run.nodes.values())


def _node_columns(run: RunNow, path: str, generation: int, node: NodeNow, row: NodeRow) -> dict[str, Any]:
    given, made = row.input or _NO_VALUE, row.output or _NO_VALUE
    return {
        "run_id": str(run.id),
        "path": path,
        "generation": generation,
        "project": run.project,
        "node": row.node,
        "type": row.type,
        "name": row.name,
        "status": node.status,
        "outcome": row.outcome,
        "attempt": node.attempt,
        "attempts": node.attempts,
        "progress": row.progress,
        "message": row.message,
        "input": given.inline,
        "input_ref": given.ref,
        "input_size": given.size,
        "input_sha256": given.sha256,
        "output": made.inline,
        "output_ref": made.ref,
        "output_size": made.size,
        "output_sha256": made.sha256,
        "has_output": node.output_sha256 is not None,
        "facts": node.facts,
        "error": node.error,
        "fingerprint": fingerprint_of(node.error) if node.status == NodeStatus.HELD else None,
        "why": row.why,
        "metadata": row.metadata,
        "trace_id": row.trace_id,
        "ready_at": row.ready_at,
        "started_at": row.started_at,
        "completed_at": row.completed_at,
        "updated_at": row.at,
    }


def _event_columns(run: RunNow, seq: int, event: EventRow) -> dict[str, Any]:
    return {
        "run_id": str(run.id),
        "seq": seq,
        "key": event.key,
        "project": run.project,
        "type": event.type,
        "node": event.node,
        "path": event.path,
        "attempt": event.attempt,
        "data": event.data,
        "time": event.time,
    }


async def _write_refs(connection: Any, runs: Iterable[RunNow]) -> None:
    rows = [(ref, run.id) for run in runs for ref in run.refs]
    if rows:
        await connection.execute(queries.write_refs, *zip(*rows, strict=True))


async def _write_gates(connection: Any, changes: Iterable[Change]) -> None:
    """Gates, votes and external events are few, so each kind is a statement of its own, sent in one go."""
    statements: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for change in changes:
        if (gate := change.gate) is not None:
            statements[queries.open_gate].append(_gate_columns(change, gate))
        if (end := change.gate_end) is not None:
            statements[queries.close_gate].append((change.run_id, end.path, end.generation, end.status, end.at))
        if (copy := change.gate_copy) is not None:
            columns = (copy.id, change.run_id, copy.source, copy.path, copy.generation)
            statements[queries.copy_gate].append(columns)
        for mark in change.votes:
            statements[queries.mark_vote].append((mark.id, mark.status, mark.reason))
        for mark in change.overrides:
            statements[queries.mark_override].append((mark.id, mark.status, mark.reason))
        if (new := change.version) is not None:
            columns = (change.run_id, new.version, new.plan_hash, new.total_nodes, list(new.nodes))
            statements[queries.mark_version].append(columns)
        for mark in change.commands:
            statements[queries.mark_command].append((mark.id, mark.status, mark.reason))
        if (taken := change.inbound) is not None:
            columns = (taken.id, taken.status, taken.path, taken.generation, taken.reason)
            statements[queries.mark_inbound].append(columns)
    for statement, rows in statements.items():
        await connection.executemany(statement, rows)


def _gate_columns(change: Change, gate: GateRow) -> tuple[Any, ...]:
    return (
        gate.id, change.project, change.run_id, gate.path, gate.generation, gate.node, gate.kind,
        gate.title, gate.instructions, gate.show, gate.form_schema, gate.prefill, gate.outcomes,
        gate.approvers, gate.quorum, gate.reject, gate.allow_self_approval, gate.opened_at, gate.due_at,
    )  # fmt: skip


async def _write_runs(connection: Any, runs: Iterable[RunNow]) -> None:
    flagged = [(run.id, sorted(run.flags)) for run in runs if run.flags]
    if flagged:
        await connection.executemany(queries.flag_run, flagged)
    changed = [_run_columns(run.id, row) for run in runs for row in run.rows]
    if changed:
        await connection.executemany(queries.write_run, changed)


def _newest(run: RunNow) -> Any:
    return max((event.time for _, event in run.events), default=None)


def _run_columns(run_id: UUID, row: RunRow) -> tuple[Any, ...]:
    made = row.output or _NO_VALUE
    ended_at = row.at if row.status in FINAL_RUN else None
    return (
        run_id, row.stopping_as, list(row.flags), row.error,
        made.inline, made.ref, made.size, made.sha256, ended_at, row.pause, words_of_error(row.error),
        fingerprint_of(row.error) if row.status == RunStatus.FAILED else None,
    )  # fmt: skip
