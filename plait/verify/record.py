"""What is on record, held against itself and against the plan. Pure: from rows to what they break."""

from collections.abc import Iterator

from interpreter.plan.model import Plan
from interpreter.state import FINAL_NODE, FINAL_RUN
from plait.store.verify import RunRecord
from plait.verify.findings import Finding, Rule

RUN_ENDS = frozenset(f"workflow.run.{status}" for status in FINAL_RUN)
NODE_ENDS = frozenset(f"workflow.node.{status}" for status in ("reused", *FINAL_NODE))
STARTED, STOPPING = "workflow.node.started", "workflow.run.stopping"


def check_record(found: RunRecord, plan: Plan) -> Iterator[Finding]:
    """Everything that can be said without Temporal."""
    for check in (_projects, _sequence, _end, _rows, _money):
        yield from check(found)
    yield from _order(found, plan)
    yield from _stopping(found, plan)


def _finding(found: RunRecord, rule: Rule, message: str, path: str | None = None) -> Finding:
    return Finding(str(found.run["id"]), rule, message, path)


def _projects(found: RunRecord) -> Iterator[Finding]:
    project = found.run["project"]
    for row in (*found.rows, *found.events):
        if row["project"] != project:
            yield _finding(found, "project", "a row of this run belongs to another project", row["path"])


def _money(found: RunRecord) -> Iterator[Finding]:
    """The row has what its calls come to. Of sub-workflows that were deleted or purged it has what they came to."""
    own, calls = found.run["own_tokens"], found.calls["own_tokens"]
    if own != calls:
        yield _finding(found, "money", f"its calls of models took {calls} tokens, its row says {own}")
    for name in ("tokens", "spent_usd"):
        if found.run[name] < found.calls[name]:
            message = f"its calls and those that it pays for come to {found.calls[name]} ({name}), its row says"
            yield _finding(found, "money", f"{message} {found.run[name]}")


def _sequence(found: RunRecord) -> Iterator[Finding]:
    numbers = [event["seq"] for event in found.events]
    if numbers != list(range(1, len(numbers) + 1)):
        missing = next((at for at, seq in enumerate(numbers, 1) if at != seq), len(numbers))
        yield _finding(found, "sequence", f"the events have a gap at {missing}")
    if numbers and numbers[-1] != found.run["last_seq"]:
        yield _finding(found, "sequence", f"the last event is {numbers[-1]}, the run says {found.run['last_seq']}")


def _end(found: RunRecord) -> Iterator[Finding]:
    """A run that has ended says so once, as its row does, and nothing of it begins or is open after that."""
    status = found.run["status"]
    ends = [event for event in found.events if event["type"] in RUN_ENDS]
    if status not in FINAL_RUN:
        if ends:
            yield _finding(found, "end", f"the run is {status} after an event of its end")
        return
    if [event["type"] for event in ends] != [f"workflow.run.{status}"]:
        yield _finding(found, "end", f"the run is {status} and has {len(ends)} events of an end")
        return
    for event in found.events:
        if event["type"] == STARTED and event["seq"] > ends[0]["seq"]:
            yield _finding(found, "end", "a node began after the run had ended", event["path"])
    newest: dict[str, int] = {}
    for row in found.rows:
        newest[row["path"]] = max(row["generation"], newest.get(row["path"], 0))
    for row in found.rows:
        # An incident that was tried again stays as it was; the generation after it tells on.
        if row["status"] not in FINAL_NODE and row["generation"] == newest[row["path"]]:
            yield _finding(found, "end", f"a node is {row['status']} in a run that has ended", row["path"])
    for row in found.open:
        yield _finding(found, "gate", f"a {row['kind']} is open in a run that has ended", row["path"])


def _rows(found: RunRecord) -> Iterator[Finding]:
    """Rows and events tell of the same ends, and the run counts those of its root."""
    told: dict[str, int] = {}
    for event in found.events:
        if event["type"] in NODE_ENDS or event["type"].startswith("workflow.compensation."):
            told[event["path"]] = event["seq"]
    ended = [row for row in found.rows if row["status"] in FINAL_NODE and row["type"] != "parallel"]
    for row in ended:
        if row["path"] not in told and row["outcome"] != "overridden":
            yield _finding(found, "projection", f"a row is {row['status']} without an event", row["path"])
    known = {row["path"] for row in ended}
    for path in told:
        if path not in known and not any(row["path"] == path for row in found.rows):
            yield _finding(found, "projection", "an event tells of a node that has no row", path)
    counted = {row["path"] for row in ended if row["path"] == row["node"] and row["outcome"] != "overridden"}
    if len(counted) != found.run["completed_nodes"]:
        message = f"{len(counted)} nodes have ended, the run counts {found.run['completed_nodes']}"
        yield _finding(found, "projection", message)


def _order(found: RunRecord, plan: Plan) -> Iterator[Finding]:
    """What a node needed had ended before it began: its first event names the edges that were taken."""
    ended: dict[str, int] = {}
    for event in found.events:
        path = event["path"]
        if event["type"] in NODE_ENDS:
            ended.setdefault(path, event["seq"])
        if event["type"] != STARTED:
            continue
        # What an agent runs has its scope's own path.
        scope = path.removesuffix(event["node"]) if path.endswith(event["node"]) else f"{path}."
        for edge in event["edges"] or ():
            source = f"{scope}{edge['id']}"
            marks = edge["id"] in plan.places and plan.find(edge["id"]).behaviour == "parallel"
            if edge["state"] == "taken" and source not in ended and not marks:
                yield _finding(found, "order", f"it began before {source} had ended", path)


def _stopping(found: RunRecord, plan: Plan) -> Iterator[Finding]:
    """Once a run is stopping, nothing begins but compensations and what runs always."""
    since = next((event["seq"] for event in found.events if event["type"] == STOPPING), None)
    if since is None:
        return
    for event in found.events:
        if event["type"] == STARTED and event["seq"] > since and not _always(plan, event["path"]):
            yield _finding(found, "stopping", "it began though the run was stopping", event["path"])


def _always(plan: Plan, path: str) -> bool:
    """Whether the node, or a map or loop around it, runs always, or the path is that of a compensation."""
    if path.endswith("~undo"):
        return True
    ids = [part.partition("~")[0] for part in path.split(".")]
    return any(part in plan.places and plan.find(part).join == "always" for part in ids)
