"""Writes what only the workflow knows, in the order in which it came to know it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record
from temporalio import activity

from activities.rows import edge_events, edges_told, error_body, event, moment, node_event, timestamp
from activities.runs.commands import change_of_command, change_of_pause, commands_of
from activities.services import Services
from interpreter.shell.wire import FLUSH, FlushBatch, NoteRow, RunNote, VoteNote
from interpreter.state import FINAL_NODE
from plait.store.changes import Change, EventRow, NodeRow, RunRow, StoredValue, VoteMark
from plait.store.tasks import find_overrides, look_up
from plait.store.values import encode, inline, value_in


def flushing(services: Services) -> Callable[[FlushBatch], Awaitable[int]]:
    """The activity `plait.flush`; says how many notes it wrote."""

    @activity.defn(name=FLUSH)
    async def flush(batch: FlushBatch) -> int:
        copied, given = await _copied(services, batch), await _overrides(services, batch)
        commands = await commands_of(services, batch)
        answers = [services.recorder.put(change) for change in _changes(batch, copied, given, commands)]
        await asyncio.gather(*answers)
        return len(answers)

    return flush


@dataclass(frozen=True, slots=True)
class _Made:
    """An output as a row has it, with the facts over it."""

    output: StoredValue | None = None
    facts: dict[str, Any] | None = None


_NOTHING = _Made()


async def _copied(services: Services, batch: FlushBatch) -> dict[str, _Made]:
    """The outputs that notes name by the path of another row, which may be a note of this batch."""
    wanted = [(note.output_of, note.generation) for note in batch.nodes if note.output_of is not None]
    if not wanted:
        return {}
    noted = {note.path: _Made(_value(note)) for note in batch.nodes if note.has_value}
    found = await look_up(services.pool, batch.project, UUID(batch.run_id), wanted, with_input=False)
    rows = {} if found is None else found.nodes
    return {path: _Made(row.output, row.facts) for path, row in rows.items() if row.output is not None} | noted


async def _overrides(services: Services, batch: FlushBatch) -> Mapping[UUID, Record]:
    """The overrides that notes tell of, or whose outputs they name."""
    named = [note.override for note in batch.nodes if note.override is not None]
    ids = dict.fromkeys(UUID(override) for override in (*named, *(note.id for note in batch.overrides)))
    return await find_overrides(services.pool, batch.project, UUID(batch.run_id), list(ids)) if ids else {}


def _made(note: NoteRow, copied: Mapping[str, _Made], given: Mapping[UUID, Record]) -> _Made:
    """The output that a note tells of: its own, that of another row, or the one that a person gave."""
    if note.override is not None:
        row = given[UUID(note.override)]
        return _Made(value_in(dict(row), "output"), row["facts"])
    return _Made(_value(note)) if note.output_of is None else copied.get(note.output_of, _NOTHING)


def _changes(
    batch: FlushBatch, copied: Mapping[str, _Made], given: Mapping[UUID, Record], commands: Mapping[UUID, Record]
) -> Iterator[Change]:
    """One change a note, in their order."""
    nodes, votes, overrides, runs = iter(batch.nodes), iter(batch.votes), iter(batch.overrides), iter(batch.runs)
    pauses, answers = iter(batch.pauses), iter(batch.commands)
    run, project = UUID(batch.run_id), batch.project
    for kind in batch.order:
        match kind:
            case "n":
                note = next(nodes)
                yield _of_node(run, project, note, _made(note, copied, given))
            case "v":
                yield _of_vote(run, project, next(votes))
            case "o":
                yield _of_override(run, project, next(overrides), given)
            case "r":
                yield _of_run(run, project, next(runs))
            case "p":
                yield change_of_pause(run, project, next(pauses), commands)
            case "c":
                yield change_of_command(run, project, next(answers))
            case _:
                raise ValueError(f"a flush has no notes of the kind {kind!r}")


def _of_node(run: UUID, project: str, note: NoteRow, made: _Made) -> Change:
    at, value = moment(note.at), made.output
    error = error_body(note.failure) if note.failure else None
    row = NodeRow(
        path=note.path,
        generation=note.generation,
        node=note.node,
        type=note.type,
        name=note.name,
        status=note.status,
        at=at,
        outcome=note.outcome,
        output=value,
        facts=made.facts,
        error=error,
        why=note.why,
        progress=note.progress,
        metadata={**(note.meta or {}), **({"until": _until(note)} if note.due_at else {})} or None,
        ready_at=at if note.edges or note.status == "waiting" else None,
        started_at=at if note.status == "waiting" or _begins_and_ends(note) else None,
        completed_at=at if note.status in FINAL_NODE else None,
    )
    return Change(run_id=run, project=project, node=row, events=tuple(_events(note, value)))


def _begins_and_ends(note: NoteRow) -> bool:
    """Whether a node came and went in the workflow; an item and a lap began when their first node did."""
    return note.has_value and note.path.rpartition(".")[2] == note.node


def _events(note: NoteRow, value: StoredValue | None) -> Iterator[EventRow]:
    at = moment(note.at)
    if note.event == "completed" and note.edges:
        # Evaluated by the workflow itself: its two events are those of an activity.
        yield node_event("started", note, at, ready_at=timestamp(at), edges=edges_told(note.edges))
    else:
        yield from edge_events(note.edges, note, at)
        if note.event == "waiting":
            yield node_event("ready", note, at, ready_at=timestamp(at))
    data = {
        "outcome": note.outcome,
        "why": note.why,
        "error": error_body(note.failure) if note.failure else None,
        "output_size": value.size if value else None,
        "until": _until(note),
        "progress": note.progress,
    }
    n = 1 if note.progress is None else f"{note.progress:.0%}"
    yield node_event(note.event, note, at, n=n, **{name: said for name, said in data.items() if said is not None})


def _until(note: NoteRow) -> str | None:
    return timestamp(moment(note.due_at)) if note.due_at else None


def _value(note: NoteRow) -> StoredValue | None:
    return inline(note.value, encode(note.value)) if note.has_value else None


def _of_vote(run: UUID, project: str, note: VoteNote) -> Change:
    mark = VoteMark(UUID(note.id), note.status, note.reason)
    return Change(run_id=run, project=project, votes=(mark,), events=(_said("workflow.gate.voted", "vote", note),))


def _of_override(run: UUID, project: str, note: VoteNote, given: Mapping[UUID, Record]) -> Change:
    mark, row = VoteMark(UUID(note.id), note.status, note.reason), given.get(UUID(note.id))
    if note.status != "applied" or row is None:
        return Change(run_id=run, project=project, overrides=(mark,))
    data = {"override": note.id, "action": row["action"], "by": row["by"], "reason": row["reason"]}
    told = event(
        "workflow.node.overridden", note, moment(note.at), n=note.id, **data, parameters=sorted(row["given"] or ())
    )
    return Change(run_id=run, project=project, overrides=(mark,), events=(told,))


def _said(kind: str, what: str, note: VoteNote) -> EventRow:
    return event(
        kind, note, moment(note.at), n=note.id, **{what: note.id, "status": note.status, "reason": note.reason}
    )


def _of_run(run: UUID, project: str, note: RunNote) -> Change:
    at, error = moment(note.at), error_body(note.failure) if note.failure else None
    told = EventRow(
        f"run:workflow.run.{note.status}:1",
        f"workflow.run.{note.status}",
        at,
        data={"status": note.status, "stopping_as": note.ending, "error": error},
    )
    return Change(
        run_id=run,
        project=project,
        run=RunRow(status=note.status, at=at, stopping_as=note.ending, error=error),
        events=(told,),
    )
