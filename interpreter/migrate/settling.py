"""What follows at once under the new plan: edges behind what has ended, nodes that are to be looked at or come too late."""

from collections.abc import Collection

from interpreter.migrate.mapping import Mapping
from interpreter.plan.model import Region
from interpreter.rules import edges, failure, joins
from interpreter.rules.edges import ENDED, Settling
from interpreter.rules.readers import drop_read
from interpreter.rules.region import MIGRATED, SKIPPED
from interpreter.rules.turn import Turn
from interpreter.state import FINAL_NODE, EdgeState, NodeStatus, Place, RunState, Scope


def settle(mapping: Mapping, run: RunState, carried: RunState, unbegun: Collection[Place] = ()) -> None:
    """Settle the edges that the new plan has behind nodes that ended before, by its own rules; have those nodes
    looked at that it may lead to, and those that are to be decided anew. `run` is the run as it was.
    """
    turn = Turn.begin(mapping.new, carried)
    for scope in (carried, *carried.scopes.values()):
        at, was = turn.at(scope.id), run.scope(scope.id)
        region = at.plan
        old = {new: index for index, new in mapping.nodes[was.region].items()}
        for node in _too_late(region, scope, old):
            carried.bygone[scope.id, node] = None
            at.look_at(node)
        for planned in region.nodes:
            if scope.nodes[planned.index].status in FINAL_NODE:
                _settle_behind(at, planned.index)
        for planned in region.nodes:
            known = scope.nodes[planned.index]
            anew = (scope.id, old.get(planned.index)) in unbegun
            changed = anew or _is_changed(mapping, was, region, planned.index, old)
            if (known.status is NodeStatus.PENDING and changed) or (
                known.status is NodeStatus.RUNNING and _has_to_ask(mapping, scope, planned.index)
            ):
                at.look_at(planned.index)


def _too_late(region: Region, scope: Scope, old: dict[int, int]) -> list[int]:
    """The new nodes behind which everything was decided before: the run is past them."""
    late: set[int] = set()
    for planned in reversed(region.nodes):
        if planned.index in old or not planned.outgoing:
            continue
        targets = (region.edges[edge].target for edge in planned.outgoing)
        if all(target in late or scope.nodes[target].status is not NodeStatus.PENDING for target in targets):
            late.add(planned.index)
    return sorted(late)


def _settle_behind(turn: Turn, node: int) -> None:
    """Settle the edges of a node that has ended, where they are open."""
    state = turn.state
    if all(state.edges[edge] is not EdgeState.OPEN for edge in turn.plan.nodes[node].outgoing):
        return
    for settling in _settlings(turn, node):
        if state.edges[settling.edge] is EdgeState.OPEN:
            edges.settle_edge(turn, settling)
    drop_read(turn.plan, state, node)


def _settlings(turn: Turn, node: int) -> list[Settling]:
    """How all edges of a node settle that ended as it did."""
    known = turn.state.nodes[node]
    view = edges.view_of(turn, node)
    match known.status:
        case NodeStatus.COMPLETED:
            return edges.followed(view, node, ENDED | {known.outcome or "success"})
        case NodeStatus.SKIPPED:
            reached = known.reason not in {"dead_path", MIGRATED} and joins.reached(turn.plan, turn.state, node)
            return edges.followed(view, node, SKIPPED if reached else frozenset())
        case NodeStatus.FAILED:
            assert known.failure is not None, "what failed says why"
            return failure.consequence(turn, node, known.failure, may_hold=False).settlings
        case _:
            return edges.lost(view, node)


def _is_changed(mapping: Mapping, was: Scope, region: Region, node: int, old: dict[int, int]) -> bool:
    """Whether the new plan may decide a node where the old one waited."""
    if node not in old:
        return True
    before, now = mapping.old.region(was.region).nodes[old[node]], region.nodes[node]
    sources = [mapping.old.region(was.region).edges[edge].source for edge in before.incoming]
    kept = [mapping.nodes[was.region].get(source) for source in sources]
    return (before.join, before.quorum) != (now.join, now.quorum) or sorted(
        kept, key=lambda source: -1 if source is None else source
    ) != sorted(region.edges[edge].source for edge in now.incoming)


def _has_to_ask(mapping: Mapping, scope: Scope, node: int) -> bool:
    """Whether facts of items that are to begin have to be told, and nobody asks for them."""
    repeat, body = scope.repeats.get(node), mapping.new.region(scope.region).nodes[node].body
    if repeat is None or body is None or not mapping.new.region(body).given or repeat.asking or not repeat.opened:
        return False
    return repeat.next < repeat.count and repeat.known == repeat.next
