"""The ledger against the rows that the history stands for. Pure."""

from collections.abc import Iterator, Mapping

from asyncpg import Record

from plait.store.verify import RunRecord
from plait.verify.findings import Finding
from plait.verify.rebuild import Key, Projection

STARTED = "workflow.run.started"
FROM_OUTSIDE = frozenset({"run_terminated", "run_ended"})
"""Why a node was closed whose workflow could not say so any more."""


def compare(found: RunRecord, history: Projection) -> Iterator[Finding]:
    """What the two do not agree on. The record may be ahead of the history, never behind: all is written before
    the workflow hears of it.
    """
    rows = {(row["path"], row["generation"]): row for row in found.rows}
    if _closed_from_outside(found):
        yield from _others(found, rows, history)
        return
    if history.status is not None and history.status != found.run["status"]:
        message = f"the workflow ended as {history.status}, the row says {found.run['status']}"
        yield _finding(found, message)
    for (path, generation), rebuilt in history.nodes.items():
        if rebuilt.ended and (path, generation) not in rows:
            yield _finding(found, f"it ended as {rebuilt.status} and has no row", path)
    yield from _others(found, rows, history)
    if history.status is not None:
        # What a task writes that has not ended is on record and not yet in the history: only an end is complete.
        for path, _ in rows.keys() - history.nodes.keys():
            yield _finding(found, "its row is of something that the workflow never asked for", path)


def _others(found: RunRecord, rows: Mapping[Key, Record], history: Projection) -> Iterator[Finding]:
    """Rows that say something else than the history does."""
    for key, row in rows.items():
        rebuilt = history.nodes.get(key)
        if rebuilt is None or not rebuilt.ended or row["reason"] in FROM_OUTSIDE:
            continue
        if row["status"] != rebuilt.status:
            yield _finding(found, f"it ended as {rebuilt.status}, its row says {row['status']}", key[0])
        elif rebuilt.sha256 is not None and row["output_sha256"] not in {None, rebuilt.sha256}:
            yield _finding(found, "its row has another output than the workflow was told of", key[0])


def _closed_from_outside(found: RunRecord) -> bool:
    """Whether the run's end was written without its workflow, which is then refused whatever it still has to say."""
    return (
        found.run["status"] == "terminated"
        or not any(event["type"] == STARTED for event in found.events)
        or any(row["reason"] in FROM_OUTSIDE for row in found.rows)
    )


def _finding(found: RunRecord, message: str, path: str | None = None) -> Finding:
    return Finding(str(found.run["id"]), "projection", message, path)
