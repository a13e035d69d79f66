"""`on_failure`: the run that is started when one has failed, once for each."""

from collections.abc import Iterable
from typing import Any, assert_never
from uuid import UUID

from asyncpg import Record

from interpreter.expressions import Expression, templates_in, walk
from interpreter.expressions.tree import Member, Name
from interpreter.plan.model import Plan
from plait.auth import Actor
from plait.clock import rfc3339
from plait.starts.write import KeyTaken, Means, Replayed, Wanted, write_run
from plait.store import aftermath as store
from plait.store.runs import NewRun
from plait.store.values import value_in
from plait.values.mapping import made_of

PATH = ("on_failure", "input")


async def start_on_failure(means: Means, plan: Plan, run_id: UUID) -> UUID | None:
    """Write the run that the document wants after a failure; None where it wants none, or the run did not fail.

    Asked again it is about the same run. One that was started so starts no further one. Raises as `write_run`.
    """
    wish = plan.document.on_failure
    failed = None if wish is None else await store.read_failed(means.pool, run_id)
    if wish is None or failed is None:
        return None
    wanted = Wanted(
        project=failed["project"],
        workflow=wish.workflow,
        input=made_of(wish.input, await names_of(means, plan, failed), PATH),
        by=Actor("run", str(run_id), failed["slug"]),
        origin={"kind": "on_failure", "run_id": str(run_id), "node": None, "id": None},
        environment=failed["environment"],
        idempotency_key=f"on_failure:{run_id}",
        priority=failed["priority"],
        traceparent=failed["traceparent"],
    )
    match await write_run(means, wanted):
        case NewRun(id=started) | Replayed(started):
            return started
        case KeyTaken():
            raise AssertionError("it has no business key")
        case other:
            assert_never(other)


async def names_of(means: Means, plan: Plan, failed: Record) -> dict[str, Any]:
    """What its input may read: all that a node may, as it stood at the end, and the run's `error`."""
    assert plan.document.on_failure is not None
    templates = (template for _, template in templates_in(plan.document.on_failure.input))
    read = sorted(nodes_in(part for template in templates for part in template.parts if not isinstance(part, str)))
    stored = value_in(dict(failed), "input")
    started = failed["started_at"]
    return {
        "vars": plan.document.vars,
        "env": failed["env"],
        "run": {
            "id": str(failed["id"]),
            "started_at": rfc3339(started) if started else None,
            "environment": failed["environment"],
        },
        "error": failed["error"],
        "input": None if stored is None else await means.payloads.value(failed["project"], stored),
        "nodes": {
            row["path"]: await entry_of(means, failed["project"], row)
            for row in await store.read_nodes(means.pool, failed["id"], read)
        },
    }


def nodes_in(expressions: Iterable[Expression]) -> set[str]:
    """The nodes that they read."""
    return {
        part.field
        for expression in expressions
        for part in walk(expression)
        if isinstance(part, Member) and isinstance(part.of, Name) and part.of.name == "nodes"
    }


async def entry_of(means: Means, project: str, row: Record) -> dict[str, Any]:
    """A node as expressions see it: what it has not is absent."""
    known = {"status": row["status"], "outcome": row["outcome"], "error": row["error"], "meta": row["metadata"]}
    entry: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
    for name in ("input", "output"):
        if (stored := value_in(dict(row), name)) is not None:
            entry[name] = await means.payloads.value(project, stored)
    return entry
