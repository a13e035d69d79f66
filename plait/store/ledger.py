"""What a batch of changes does to the runs it concerns: decided here, in memory, under their lock.

Nothing in this file reads or writes; `plait.store.batch` does both around it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from interpreter.state import FINAL_NODE, FINAL_RUN, NodeStatus, RunStatus
from plait.clock import rfc3339
from plait.store.changes import Change, EventMark, EventRow, NodeRow, RunRow, StoredValue, Written

STARTED_KEY = "run:workflow.run.started:1"
OVERRIDDEN = "overridden"
"""The outcome of a generation that ended for a person's override: the node goes on as the next one."""

WAITING_EVENT = ("recorded", "kept")
"""What an external event is until a node takes or refuses it, or its run ends."""

_UNCOUNTED = "parallel"  # it only marks a fork
_ENDS_UNSTARTED = {RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TERMINATED}
_KEPT = tuple(column.name for column in fields(NodeRow) if column.name not in {"status", "at", "attempt", "error"})


@dataclass(slots=True)
class NodeNow:
    """A node's row as it stands, and what this batch makes of it (`row`; None while nothing)."""

    type: str
    status: str
    attempt: int = 0
    attempts: list[dict[str, Any]] = field(default_factory=list)
    outcome: str | None = None
    output_size: int | None = None
    output_sha256: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    row: NodeRow | None = None

    @property
    def executes(self) -> bool:
        """Whether an attempt is under way."""
        return self.status == NodeStatus.RUNNING and bool(self.attempts) and not self.attempts[-1].get("completed_at")

    def refuses(self, row: NodeRow) -> bool:
        """Whether an end, or a newer attempt, was there first. Attempt 0 is the workflow's own word."""
        return self.status in FINAL_NODE or 0 < row.attempt < self.attempt

    def holds(self, row: NodeRow) -> bool:
        """Whether this is the very end that the row tells of."""
        return (
            self.status == row.status
            and self.attempt in {row.attempt, 0 if row.attempt else self.attempt}
            and self.output_sha256 == (row.output.sha256 if row.output else None)
        )

    def take(self, row: NodeRow) -> None:
        """Become what the row says; what it leaves out stays."""
        self.row = row if self.row is None else _merged(self.row, row)
        self.status = row.status
        self.attempt = row.attempt or self.attempt
        self.error = row.error
        if row.outcome is not None:
            self.outcome = row.outcome
        if row.output is not None:
            self.output_size, self.output_sha256 = row.output.size, row.output.sha256
        if row.facts is not None:
            self.facts = row.facts
        if row.attempt_log is not None:
            self.attempts = _logged(self.attempts, row.attempt_log)
        self.attempts = [one if self._may_tell(one) else _untold(one, self.status) for one in self.attempts]

    def _may_tell(self, entry: dict[str, Any]) -> bool:
        """Whether the attempt has told how it ended, or may still do so."""
        under_way = self.status not in FINAL_NODE and entry.get("attempt") == self.attempt
        return under_way or entry.get("status") != NodeStatus.RUNNING


@dataclass(slots=True)
class RunNow:
    """A run's row as it stands under its lock, its nodes and event keys that the batch names, and
    what the batch makes of them.
    """

    id: UUID
    project: str
    status: str
    last_seq: int = 0
    completed_nodes: int = 0
    output_size: int | None = None
    output_sha256: str | None = None
    error: dict[str, Any] | None = None
    active_for: timedelta = timedelta()
    """How long at least one attempt was executing, up to `active_at`."""
    active_at: datetime | None = None
    executing: int = 0
    """How many attempts are under way."""
    nodes: dict[tuple[str, int], NodeNow] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    """Paths that `completed_nodes` counts already."""
    keys: set[str] = field(default_factory=set)
    """Event keys that exist."""
    inbound: dict[UUID, EventMark] = field(default_factory=dict)
    """How the external events stand that the batch names."""
    events: list[tuple[int, EventRow]] = field(default_factory=list)
    """What to insert, with the number of each."""
    rows: list[RunRow] = field(default_factory=list)
    refs: set[UUID] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    started_at: datetime | None = None
    """Set when this batch started the run."""

    def know(self, path: str, generation: int, node: NodeNow) -> None:
        """Take in a stored row of a node."""
        self.nodes[path, generation] = node
        if node.status in FINAL_NODE and _is_counted(path, node.type, node.outcome):
            self.counted.add(path)

    def apply(self, change: Change) -> Written:
        """Accept the change or refuse it as a whole; the answer tells how things stand afterwards."""
        if (refused := self._refusal(change)) is not None:
            return refused
        self._start(change)
        if change.node is not None:
            self._take_node(change.node)
        if change.run is not None:
            self._take_run(change.run)
        if change.inbound is not None:
            self.inbound[change.inbound.id] = change.inbound
        self.flags.update(change.flags)
        for event in change.events:
            self.tell(event)
        return self._written(change, accepted=True)

    def _refusal(self, change: Change) -> Written | None:
        """None if the change may be written. One that is there already counts as accepted:
        its reply was lost, and telling it twice must not look like losing a race.
        """
        row, mark = change.node, change.inbound
        now = self.nodes.get((row.path, row.generation)) if row else None
        if mark is not None and not self._waits(mark):
            repeated = self._is_marked(mark)
        elif mark is not None and self._has_ended(mark):
            repeated = False
        elif row is not None and now is not None and now.refuses(row):
            repeated = now.holds(row) if row.status in FINAL_NODE else self._has_all(change.events)
        elif change.run is not None and change.run.status not in FINAL_RUN and self._has_all(change.events):
            # Told again, it may come after what the run has become since.
            repeated = True
        elif self.status in FINAL_RUN:
            if change.run is not None and change.run.status in FINAL_RUN:
                repeated = self._holds(change.run)
            else:
                repeated = self._has_all(change.events)
        else:
            return None
        return self._written(change, accepted=repeated)

    def _start(self, change: Change) -> None:
        """The first record of a run is what makes it `running`."""
        if self.status != RunStatus.PENDING:
            return
        if change.node is not None:
            at = change.node.at
        elif change.run is not None and change.run.status not in _ENDS_UNSTARTED:
            at = change.run.at
        else:
            return
        self.status, self.started_at = RunStatus.RUNNING, at
        data = {"status": RunStatus.RUNNING.value, "started_at": rfc3339(at)}
        self.tell(EventRow(STARTED_KEY, "workflow.run.started", at, data=data))

    def _take_node(self, row: NodeRow) -> None:
        key = (row.path, row.generation)
        now = self.nodes.get(key)
        if now is None:
            now = self.nodes[key] = NodeNow(row.type, row.status)
        executed = now.executes
        now.take(row)
        self._count_time(row.at, self.executing + now.executes - executed)
        self.refer(row.input, row.output)
        ended = row.status in FINAL_NODE and _is_counted(row.path, row.type, row.outcome)
        if ended and row.path not in self.counted:
            self.counted.add(row.path)
            self.completed_nodes += 1

    def _take_run(self, row: RunRow) -> None:
        self.status, self.error = row.status, row.error
        if row.status in FINAL_RUN:
            self._count_time(row.at, 0)
        if row.output is not None:
            self.output_size, self.output_sha256 = row.output.size, row.output.sha256
        self.refer(row.output)
        self.rows.append(row)

    def _count_time(self, at: datetime, executing: int) -> None:
        """From now on so many attempts are under way. What several did at once counts once."""
        if executing == self.executing:
            return
        counted = self.active_at or at
        if self.executing:
            self.active_for += max(at - counted, timedelta())
        self.active_at, self.executing = max(at, counted), executing

    def refer(self, *values: StoredValue | None) -> None:
        """Keep the payloads of these as long as the run."""
        self.refs.update(value.ref for value in values if value is not None and value.ref is not None)

    def tell(self, event: EventRow) -> None:
        """Insert the event under the next number, unless it is there."""
        if event.key in self.keys:
            return
        self.keys.add(event.key)
        self.last_seq += 1
        self.events.append((self.last_seq, event))

    def _waits(self, mark: EventMark) -> bool:
        """Whether the event is still to be had."""
        known = self.inbound.get(mark.id)
        return known is not None and known.status in WAITING_EVENT

    def _has_ended(self, mark: EventMark) -> bool:
        """Whether the node has ended without this event."""
        node = self.nodes.get((mark.path, mark.generation))
        return node is not None and node.status in FINAL_NODE

    def _is_marked(self, mark: EventMark) -> bool:
        """Whether this is the very mark that the event has."""
        known = self.inbound.get(mark.id)
        return known is not None and (known.status, known.path, known.generation) == (
            mark.status,
            mark.path,
            mark.generation,
        )

    def _has_all(self, events: Iterable[EventRow]) -> bool:
        keys = {event.key for event in events}
        return bool(keys) and keys <= self.keys

    def _holds(self, row: RunRow) -> bool:
        return self.status == row.status and self.output_sha256 == (row.output.sha256 if row.output else None)

    def _written(self, change: Change, *, accepted: bool) -> Written:
        if change.node is None:
            return Written(
                accepted,
                str(self.status),
                output_size=self.output_size,
                output_sha256=self.output_sha256,
                error=self.error,
            )
        now = self.nodes.get((change.node.path, change.node.generation))
        if now is None:
            return Written(accepted, None)
        return Written(accepted, now.status, now.outcome, now.output_size, now.output_sha256, now.facts, now.error)


def _is_counted(path: str, kind: str, outcome: str | None) -> bool:
    """Whether the progress counts the end of this row: a run has the nodes of its root, whatever is below them."""
    return kind != _UNCOUNTED and outcome != OVERRIDDEN and "." not in path and "~" not in path


def _merged(older: NodeRow, newer: NodeRow) -> NodeRow:
    """Two rows of one node in one batch, as one."""
    kept = {name: getattr(older, name) if (said := getattr(newer, name)) is None else said for name in _KEPT}
    return NodeRow(**kept, status=newer.status, at=newer.at, attempt=newer.attempt or older.attempt, error=newer.error)


def _logged(attempts: list[dict[str, Any]], entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The attempts with this one's entry brought up to date, in order."""
    older = next((one for one in attempts if one.get("attempt") == entry.get("attempt")), {})
    others = [one for one in attempts if one.get("attempt") != entry.get("attempt")]
    return sorted([*others, {**older, **entry}], key=lambda one: one.get("attempt") or 0)


def _untold(entry: dict[str, Any], status: str) -> dict[str, Any]:
    """The entry of an attempt that will not tell how it ended: its worker died, or nobody waits for it any more."""
    return {**entry, "status": "cancelled" if status == NodeStatus.CANCELLED else "lost"}
