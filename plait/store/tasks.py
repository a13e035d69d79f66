"""What activities look up: the state of a run, the values a node reads, votes and overrides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from interpreter.state import FINAL_NODE, NodeStatus
from plait.agents import Uses
from plait.store.changes import Over, StoredValue
from plait.store.pool import Pool
from plait.store.sql import load
from plait.store.values import value_in

queries = load("tasks")


@dataclass(frozen=True, slots=True)
class NodeFound:
    """A node's row as others need it."""

    path: str
    status: str
    attempt: int
    outcome: str | None
    output: StoredValue | None
    input: StoredValue | None
    metadata: dict[str, Any] | None
    facts: dict[str, Any]
    error: dict[str, Any] | None

    @property
    def has_input(self) -> bool:
        """Whether the input that it began with is on record: of an attempt that failed before there may be none, and
        what a run is paused before only shows one.
        """
        return (
            self.status != NodeStatus.PENDING
            and self.input is not None
            and (self.input.inline is not None or self.input.ref is not None)
        )


@dataclass(frozen=True, slots=True)
class RunFound:
    """A run's row, its input if that was asked for, and the rows of the nodes that were. `uses` is what it resolved at
    its start.
    """

    status: str
    requested: str | None
    input: StoredValue | None
    nodes: Mapping[str, NodeFound]
    uses: Uses
    over: Over | None
    """Its limit of seconds, if it has been at work for so long."""

    def has_ended(self, path: str) -> bool:
        """Whether the end of the node, item or lap is on record."""
        node = self.nodes.get(path)
        return node is not None and node.status in FINAL_NODE


async def look_up(
    pool: Pool, project: str, run_id: UUID, nodes: Sequence[tuple[str, int]], *, with_input: bool
) -> RunFound | None:
    """The run with these nodes (by path and generation), in one query; None if there is no such run."""
    paths, generations = [path for path, _ in nodes], [generation for _, generation in nodes]
    row = await pool.fetchrow(queries.look_up, project, run_id, paths, generations, with_input)
    if row is None:
        return None
    return RunFound(
        status=row["status"],
        requested=row["requested"],
        input=StoredValue(row["input_size"], row["input_sha256"] or "", row["input"], row["input_ref"]),
        nodes={entry["path"]: _found(entry) for entry in row["nodes"]},
        uses=Uses.read(row["uses"]),
        over=_over_time(run_id, row["seconds"], row["active"]),
    )


def _over_time(run_id: UUID, limit: str | None, active: float) -> Over | None:
    if limit is None or active < float(limit):
        return None
    return Over("seconds", limit, f"{active:.0f}", "0", "0", run_id)


async def has_unfinished_attempt(pool: Pool, run_id: UUID, path: str, generation: int, before: int) -> bool:
    """Whether an attempt of the node before this one has never told how it ended."""
    return await pool.fetchval(queries.has_unfinished_attempt, run_id, path, generation, before)


async def find_failed_attempt(pool: Pool, run_id: UUID, path: str, generation: int, kind: str) -> dict[str, Any] | None:
    """The error of the node's newest attempt that failed with this type; None where none did."""
    return await pool.fetchval(queries.find_failed_attempt, run_id, path, generation, kind)


async def find_definition(pool: Pool, project: str, plan_hash: str) -> str | None:
    """The definition of a version, by its plan's hash."""
    return await pool.fetchval(queries.find_definition, project, plan_hash)


async def find_vote(pool: Pool, project: str, run_id: UUID, vote: UUID) -> Record | None:
    """One vote."""
    return await pool.fetchrow(queries.find_vote, project, run_id, vote)


async def find_votes(pool: Pool, project: str, run_id: UUID, votes: Sequence[UUID]) -> list[Record]:
    """Votes in the order in which they were cast."""
    return await pool.fetch(queries.find_votes, project, run_id, list(votes))


async def find_open_gate(pool: Pool, project: str, run_id: UUID, path: str) -> UUID | None:
    """The gate that is open at this path."""
    return await pool.fetchval(queries.find_open_gate, project, run_id, path)


async def insert_vote_by_hand(
    pool: Pool,
    project: str,
    run_id: UUID,
    path: str,
    *,
    vote: UUID,
    decision: str,
    form: Any,
    by: dict[str, str],
    at: datetime,
    files: Sequence[UUID],
) -> None:
    """Write the row of a vote that came as a signal; nothing if it is there or the gate is closed. `files`
    are payloads that the form names inside itself.
    """
    await pool.execute(queries.insert_vote_by_hand, project, run_id, path, vote, decision, form, by, at, list(files))


async def find_override(pool: Pool, project: str, run_id: UUID, override: UUID) -> Record | None:
    """One override."""
    return await pool.fetchrow(queries.find_override, project, run_id, override)


async def find_overrides(pool: Pool, project: str, run_id: UUID, overrides: Sequence[UUID]) -> Mapping[UUID, Record]:
    """These overrides by id: what was wanted, by whom and why, and the outputs that they gave."""
    rows = await pool.fetch(queries.find_overrides, project, run_id, list(overrides)) if overrides else []
    return {row["id"]: row for row in rows}


async def keep_output(pool: Pool, override: UUID, output: StoredValue, facts: Mapping[str, Any]) -> None:
    """Keep the output that an override gives, with its facts."""
    await pool.execute(
        queries.keep_output, override, output.inline, output.ref, output.size, output.sha256, dict(facts)
    )


def _found(entry: dict[str, Any]) -> NodeFound:
    ref = entry["input_ref"]
    kept = {**entry, "output_ref": UUID(entry["output_ref"]) if entry["output_ref"] else None}
    return NodeFound(
        path=entry["path"],
        status=entry["status"],
        attempt=entry["attempt"],
        outcome=entry["outcome"],
        output=value_in(kept, "output"),
        input=StoredValue(0, "", entry["input"], UUID(ref) if ref else None),
        metadata=entry["metadata"],
        facts=entry["facts"],
        error=entry["error"],
    )
