"""What becomes of each node when a run goes on under another version, and what stands in the way."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from interpreter.migrate.mapping import Mapping
from interpreter.paths import id_of
from interpreter.plan.model import Plan, PlannedNode, Region
from interpreter.rules.joins import RACES
from interpreter.rules.overridable import objection
from interpreter.state import FINAL_NODE, NodeState, NodeStatus, Place, RunState, Scope, Wish

Change = Literal["kept", "new", "dropped", "changed", "blocks"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What becomes of a node. `path` is that of the instance that it is about; of the version's node where it is about all."""

    node: str
    path: str
    change: Change
    status: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What becomes of all nodes, in plan order, the dropped ones last; `obstacles` are about the run as a whole."""

    entries: list[Entry] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)

    @property
    def blocked(self) -> bool:
        """Whether something stands in the way."""
        return bool(self.obstacles) or any(entry.change == "blocks" for entry in self.entries)


def report_of(mapping: Mapping, run: RunState, busy: Collection[Place] = (), unbegun: Collection[Place] = ()) -> Report:
    """What the migration would do now. `busy` is what an activity works on, `unbegun` what was decided to run
    and nobody has begun with.
    """
    found = (entry for scope in _scopes(run) for entry in _blocks(mapping, run, scope, busy, unbegun))
    blocks = {(entry.node, entry.path): entry for entry in chain(found, _by_hand(mapping, run))}
    entries = list(blocks.values())
    blocked = {entry.node for entry in entries}
    for region, node in _written(mapping.new):
        if node.id not in blocked:
            entries.append(_of_new(mapping, run, region, node))
    for region, node in _written(mapping.old):
        if mapping.node(region.index, node.index) is None and node.id not in blocked:
            entries.append(_dropped(run, region, node))
    return Report(entries, list(_obstacles(run)))


def _written(plan: Plan) -> Iterator[tuple[Region, PlannedNode]]:
    """All nodes that stand in the document, each with its region."""
    return ((region, node) for region in plan.regions for node in region.nodes if node.step is None)


def _obstacles(run: RunState) -> Iterator[str]:
    if run.ending is not None:
        yield f"The run is stopping; it will end as {run.ending}."
    if run.undo or run.undoing is not None:
        yield "Something is being undone."


def _scopes(run: RunState) -> Iterator[Scope]:
    """The root, and the items and laps that are open."""
    yield run
    for scope in run.scopes.values():
        if run.scope(scope.parent).repeats[scope.owner].instances.get(scope.key) == scope.id:
            yield scope


def _blocks(
    mapping: Mapping, run: RunState, scope: Scope, busy: Collection[Place], unbegun: Collection[Place]
) -> Iterator[Entry]:
    region = mapping.old.region(scope.region)
    if scope.id and scope.ending is not None:
        owner = mapping.old.region(run.scope(scope.parent).region).nodes[scope.owner]
        yield Entry(owner.id, scope.path, "blocks", "running", "It is stopping; wait until it has ended.")
    for node, known in enumerate(scope.nodes):
        if (scope.id, node) in unbegun:
            continue
        because = _objection(mapping, scope, node, at_work=(scope.id, node) in busy)
        if because is not None:
            planned = region.nodes[node]
            yield Entry(planned.id, scope.path_of(planned.segment), "blocks", str(known.status), because)


def _objection(mapping: Mapping, scope: Scope, node: int, *, at_work: bool) -> str | None:
    """Why what is known of a node does not fit the new version; None if it does."""
    old, known = mapping.old.region(scope.region).nodes[node], scope.nodes[node]
    if known.status is NodeStatus.PENDING:
        return None
    new = mapping.planned(scope.region, node)
    if new is None:
        gone = "It is under way, and the new version has no such node in that place."
        return None if known.status in FINAL_NODE else gone
    if new.kind.name != old.kind.name:
        return (
            f"It is a {old.kind.name} that has begun, and a {new.kind.name} in the new version; give that another id."
        )
    if at_work:
        return "An attempt of it runs; pause the run, or wait until it has ended."
    if known.status is NodeStatus.FAILED and not _handles_failure(
        mapping.new.region(mapping.regions[scope.region]), new
    ):
        return "It failed, and the new version has no edge that takes its error."
    return None if known.status in FINAL_NODE else _misfit(mapping, scope, old, new)


def _handles_failure(region: Region, node: PlannedNode) -> bool:
    """Whether the run may go on behind a failure of this node."""
    edges = [region.edges[edge] for edge in node.outgoing]
    into_race = any(region.nodes[edge.target].join in RACES for edge in edges)
    return node.on_error == "continue" or into_race or any(edge.on & {"error", "timeout"} for edge in edges)


def _by_hand(mapping: Mapping, run: RunState) -> Iterator[Entry]:
    """What people said of nodes that have not ended, where the new version has no room for it."""
    for path, wish in run.ahead.items():
        node = id_of(path)
        if (new := mapping.find(node)) is not None:
            said = objection(new.behaviour, NodeStatus.PENDING, wish.action, given=wish.reads is not None)
            because = _lost_read(mapping, wish) if said is None else f"It was decided by hand already. {said}"
            if because is not None:
                yield Entry(node, path, "blocks", "pending", because)
    for (at, index), wish in chain(run.given.items(), run.wishes.items()):
        scope = run.scope(at) if run.has(at) else None
        if scope is None or scope.nodes[index].status in FINAL_NODE:
            continue
        if because := _lost_read(mapping, wish):
            node = mapping.old.region(scope.region).nodes[index].id
            yield Entry(node, scope.path_of(node), "blocks", str(scope.nodes[index].status), because)


def _lost_read(mapping: Mapping, wish: Wish) -> str | None:
    lost = [read for read in wish.reads or () if mapping.find(read) is None]
    return f"Its new parameters read {lost[0]}, and the new version has no such node in that place." if lost else None


def _misfit(mapping: Mapping, scope: Scope, old: PlannedNode, new: PlannedNode) -> str | None:
    match old.behaviour:
        case "gate":
            gate = scope.gates.get(old.index)
            lost = [outcome for outcome in (gate.outcomes if gate else ()) if outcome not in new.outcomes]
            return f"Its gate is open, and the new version lacks its outcome {lost[0]}." if lost else None
        case "event":
            keys = [each.key.source if each.key else None for each in (old, new)]
            same = old.node.with_.get("name") == new.node.with_.get("name") and keys[0] == keys[1]
            return None if same else "It listens already, and the new version names another event or key."
        case "map" | "loop":
            assert old.body is not None
            return None if old.body in mapping.regions else "Its body is under way, and the new version repeats none."
        case _:
            return None


def _of_new(mapping: Mapping, run: RunState, region: Region, node: PlannedNode) -> Entry:
    """What becomes of a node that the new version has and that blocks nothing."""
    before = mapping.old.places.get(node.id)
    if before is None or mapping.node(*before) != node.index or mapping.regions.get(before[0]) != region.index:
        return Entry(node.id, node.id, "new")
    old, status = mapping.old.region(before[0]).nodes[before[1]], _status(run, *before)
    same = old.node == node.node and old.tool == node.tool
    if same:
        return Entry(node.id, node.id, "kept", status)
    if status is None or status == NodeStatus.PENDING:
        return Entry(node.id, node.id, "changed", status)
    ended = status in FINAL_NODE
    because = (
        "It has ended: its result stays." if ended else "It goes on as it began; what is new counts from its end on."
    )
    return Entry(node.id, node.id, "kept", status, because)


def _dropped(run: RunState, region: Region, node: PlannedNode) -> Entry:
    status = _status(run, region.index, node.index)
    if status is None or status == NodeStatus.PENDING:
        return Entry(node.id, node.id, "dropped", status)
    undone = node.undo is not None and status == NodeStatus.COMPLETED
    because = "It has ended: what it did stays, and nobody reads it"
    return Entry(node.id, node.id, "dropped", status, because + (" or undoes it." if undone else "."))


def _status(run: RunState, region: int, index: int) -> str | None:
    """Where a node of the root is; inside of bodies it may be at many places."""
    known: NodeState | None = run.nodes[index] if region == 0 else None
    return None if known is None else str(known.status)
