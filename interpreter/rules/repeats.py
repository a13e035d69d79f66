"""Maps, loops and agents: how items, laps and turns begin and end, and what becomes of the node then.

What items and laps came to is on record under their own paths; the workflow holds a letter for each.
"""

from collections.abc import Mapping

from interpreter.messages import Evaluate, FactValue, Failure, MakeOutput, OpenRegion, RegionOpened, Result
from interpreter.plan.model import PlannedNode, Region
from interpreter.rules import agents, endings, inline, outcomes, region
from interpreter.rules.evaluate import View, holds
from interpreter.rules.failure import fail, told
from interpreter.rules.notes import note_instance, note_progress
from interpreter.rules.readers import still_read
from interpreter.rules.turn import Turn
from interpreter.state import Ending, Lap, NodeStatus, Repeat, Scope, scope_of
from interpreter.values import Json

WINDOW = 200
"""Items of one map that are open at once, where it does not say how many."""
LETTERS = {"completed": "c", "failed": "f", "cancelled": "x"}


def begin(turn: Turn, node: int) -> None:
    """The node was decided to run: have its items or `initial` put on record."""
    known = turn.state.nodes[node]
    known.status = NodeStatus.RUNNING
    before = turn.state.repeats.get(node)
    turn.state.repeats[node] = Repeat(known.generation, asking=True, kept=before.kept if before else [])
    turn.say(OpenRegion(node, known.generation, scope=turn.state.id))


def has_items(turn: Turn, node: int) -> bool:
    """Whether the items of a map are on record."""
    repeat = turn.state.repeats.get(node)
    return repeat is not None and repeat.opened


def try_again(turn: Turn, node: int) -> None:
    """Begin those items of a map again that did not complete, as the map's generation of now; the others keep
    what they came to, and the list is not evaluated anew.
    """
    repeat, known = turn.state.repeats[node], turn.state.nodes[node]
    kept, repeat.generation = repeat.generation, known.generation
    known.status = NodeStatus.RUNNING
    repeat.ended = [each if each == LETTERS["completed"] else "." for each in repeat.ended]
    repeat.next = repeat.known = _to_begin(repeat, 0)
    repeat.facts, repeat.failure, repeat.recorded = {}, None, None
    repeat.asking, repeat.closing = True, False
    turn.say(OpenRegion(node, repeat.generation, repeat.next, kept, scope=turn.state.id))


def _to_begin(repeat: Repeat, first: int) -> int:
    """The first item from here on that has not completed; their number if all have."""
    return next((item for item in range(first, repeat.count) if repeat.ended[item] == "."), repeat.count)


def opened(turn: Turn, event: RegionOpened) -> None:
    """The items or `initial` are on record, or the facts of more items are told."""
    repeat = turn.state.repeats.get(event.node)
    if repeat is None or not repeat.asking or repeat.known != event.first:
        return
    if not repeat.opened:
        repeat.opened, repeat.count = True, event.count
        repeat.ended = ["."] * event.count if turn.plan.nodes[event.node].behaviour == "map" else []
    repeat.asking = False
    for item, facts in enumerate(event.facts, event.first):
        if not repeat.ended or repeat.ended[item] == ".":
            repeat.facts[item] = facts
    repeat.known += len(event.facts)
    go_on(turn, event.node)


def stop(turn: Turn, node: int, failure: Failure | None = None) -> None:
    """Bring the node to its end: as failed, or as cancelled when it was asked to stop first."""
    repeat = turn.state.repeats[node]
    if turn.state.nodes[node].stopping is None:
        repeat.failure = repeat.failure or failure
    for scope in repeat.instances.values():
        region.stop(turn.at(scope), "cancelled")
    go_on(turn, node)


def broken(turn: Turn, node: int, failure: Failure, *, held: bool) -> None:
    """More items could not be told, and that is on record as the node's failure: end those that are open first."""
    repeat = turn.state.repeats[node]
    repeat.failure, repeat.recorded, repeat.asking = failure, "held" if held else "failed", False
    stop(turn, node)


def go_on(turn: Turn, node: int) -> None:
    """Begin what may begin, and end the node when nothing is left."""
    repeat, body = turn.state.repeats[node], _body(turn, node)
    if body.role == "turn":
        _take_turns(turn, node, repeat, body)
    elif repeat.opened and _wanted(turn, node, repeat):
        if body.until is None:
            _begin_items(turn, node, repeat, body)
        elif repeat.next == 0:
            repeat.next = 1
            enter(turn, node, repeat, 1, repeat.facts.pop(0, {}))
        if repeat.next < repeat.count:
            return
    if not (repeat.instances or repeat.asking or repeat.closing):
        _close(turn, node, repeat)


def open_at_once(node: PlannedNode) -> int:
    """How many items of a map are open at once."""
    return node.node.with_.get("max_concurrency") or WINDOW


def _begin_items(turn: Turn, node: int, repeat: Repeat, body: Region) -> None:
    most = open_at_once(turn.plan.nodes[node])
    while repeat.next < repeat.count and len(repeat.instances) < most:
        if body.given and repeat.next not in repeat.facts:
            break
        if turn.full:
            turn.look_at(node)
            return
        enter(turn, node, repeat, repeat.next, repeat.facts.pop(repeat.next, {}))
        repeat.next = _to_begin(repeat, repeat.next + 1)
    if not body.given or repeat.asking:
        return
    repeat.known = max(repeat.known, repeat.next)
    if repeat.known < repeat.count and len(repeat.facts) < most:
        repeat.asking = True
        turn.say(OpenRegion(node, repeat.generation, repeat.known, scope=turn.state.id))


def enter(turn: Turn, node: int, repeat: Repeat, key: int, facts: Mapping[int, FactValue]) -> None:
    """Begin an item or a lap."""
    body, path = _body(turn, node), turn.state.path_of(turn.plan.nodes[node].segment)
    is_map = body.until is None
    names = {**turn.state.names, body.names[1] if is_map else "lap": key}
    scope = _begin(turn, node, repeat, body, key=key, path=f"{path}.{key}" if is_map else f"{path}~{key}", names=names)
    scope.facts = still_read(scope, facts)


def _begin(
    turn: Turn, node: int, repeat: Repeat, body: Region, *, key: int, path: str, names: dict[str, Json]
) -> Scope:
    """Begin an instance of what the node repeats."""
    run = turn.run
    run.last_scope += 1
    scope = scope_of(
        body,
        generation=repeat.generation,
        id=run.last_scope,
        region=body.index,
        path=path,
        parent=turn.state.id,
        owner=node,
        key=key,
        names=names,
    )
    run.scopes[scope.id] = scope
    repeat.instances[key] = scope.id
    inside = turn.at(scope.id)
    for start in body.starts:
        inside.look_at(start)
    turn.spend(len(body.nodes))
    return scope


def _take_turns(turn: Turn, node: int, repeat: Repeat, body: Region) -> None:
    """Begin the agent's next turn when all that the last one asked for has ended."""
    if not repeat.opened or repeat.instances or repeat.last is not None or not _wanted(turn, node, repeat):
        return
    if repeat.next == repeat.count:
        repeat.failure = agents.exhausted(turn.plan.nodes[node].name, repeat.count)
        return
    if repeat.next:
        note_progress(turn, node, repeat.next, repeat.count)
    repeat.next += 1
    path = f"{turn.state.path_of(turn.plan.nodes[node].segment)}.turn~{repeat.next}"
    _begin(turn, node, repeat, body, key=agents.key_of(repeat.next), path=path, names=turn.state.names)


def _make_calls(turn: Turn, outer: Turn, repeat: Repeat) -> None:
    """Begin what a turn asks for, all at once; without anything to call it may have been the last."""
    state, wish = turn.state, agents.wish_in(turn)
    if wish.final:
        repeat.last = Lap(repeat.next, "success", Result())
    for number, call in enumerate(wish.calls, 1):
        body, path = turn.whole.region(turn.plan.calls[call.word]), f"{state.path}.{call.segment}"
        _begin(outer, state.owner, repeat, body, key=agents.key_of(repeat.next, number), path=path, names=state.names)


def ended(turn: Turn) -> None:
    """The last node of this item or lap has ended: build its output, if it comes to one."""
    if turn.state.ending is not None:
        _left(turn)
        return
    if turn.plan.role != "graph":
        _step_done(turn)
        return
    view = View(turn, None)
    if not inline.at_hand(view):
        turn.say(MakeOutput(turn.state.id))
        return
    value = inline.value_of(view)
    turn.spend(view.spent)
    if isinstance(value, Failure):
        failed(turn, value)
        return
    result = inline.result_of(view, value)
    if result is None:
        turn.say(MakeOutput(turn.state.id))
    elif isinstance(result, Failure):
        failed(turn, result)
    else:
        turn.spend(result.size // outcomes.BYTES_A_STEP)
        note_instance(turn, has_value=True, value=value)
        made(turn, result)


def _step_done(turn: Turn) -> None:
    """A turn of an agent or a call has ended; what it came to is on record."""
    outer, owner = turn.outside(), turn.state.owner
    repeat = outer.state.repeats[owner]
    if turn.plan.role == "turn" and _wanted(outer, owner, repeat):
        _make_calls(turn, outer, repeat)
    _count(outer, repeat, turn.state, "completed")
    go_on(outer, owner)


def failed(turn: Turn, failure: Failure) -> None:
    """The output of this item or lap could not be built."""
    turn.state.ending, turn.state.failure = "failed", failure
    _left(turn)


def awaits_output(turn: Turn) -> bool:
    """Whether this is an item or a lap that has ended but for its output."""
    state = turn.state
    if not state.id or state.open:
        return False
    return turn.outside().state.repeats[state.owner].instances.get(state.key) == state.id


def made(turn: Turn, result: Result) -> None:
    """This item or lap has completed, and its output is on record."""
    outer, node, state = turn.outside(), turn.state.owner, turn.state
    repeat = outer.state.repeats[node]
    if turn.plan.until is not None and _wanted(outer, node, repeat):
        _lap_done(turn, outer, repeat, result)
    _count(outer, repeat, state, "completed")
    go_on(outer, node)


def _left(turn: Turn) -> None:
    """This item or lap has ended without an output."""
    outer, node, state = turn.outside(), turn.state.owner, turn.state
    assert state.ending is not None
    if turn.plan.role == "graph":
        note_instance(turn, failure=state.failure)
    repeat = outer.state.repeats[node]
    _count(outer, repeat, state, state.ending)
    if state.failure is not None and endings.fails_with_it(turn, outer):
        stop(outer, node, endings.failure_of(turn, state.failure))
    else:
        go_on(outer, node)


def _count(turn: Turn, repeat: Repeat, instance: Scope, ending: Ending) -> None:
    del repeat.instances[instance.key]
    if repeat.ended:
        repeat.ended[instance.key] = LETTERS[ending]
    if turn.whole.region(instance.region).role == "graph" and _wanted(turn, instance.owner, repeat):
        endings.tell_progress(turn, instance, repeat)
    if instance.undoes:
        repeat.kept.append(instance.id)
    else:
        del turn.run.scopes[instance.id]


def _lap_done(turn: Turn, outer: Turn, repeat: Repeat, result: Result) -> None:
    """Ask `until`; begin the next lap, or end the loop as its last lap ended."""
    state, node = turn.state, turn.state.owner
    view = View(turn, None)
    assert turn.plan.until is not None
    found = holds(turn.plan.until, view)
    turn.spend(view.spent)
    if isinstance(found, Failure):
        repeat.failure = found
        return
    idle = all(known.status is NodeStatus.SKIPPED for known in state.nodes)
    if not found and not idle and state.key < outer.plan.nodes[node].node.with_["max_iterations"]:
        enter(outer, node, repeat, state.key + 1, result.facts)
        return
    repeat.last = Lap(state.key, "success" if found else "exhausted", result)


def _close(turn: Turn, node: int, repeat: Repeat) -> None:
    """Nothing of the node is open any more: end it."""
    known = turn.state.nodes[node]
    if repeat.failure is not None and repeat.recorded is not None:
        told(turn, node, repeat.failure, held=repeat.recorded == "held")
    elif repeat.failure is not None:
        fail(turn, node, repeat.failure)
    elif known.stopping is not None:
        known.unknown = repeat.next > 0
        region.cancel(turn, node, known.stopping)
    elif repeat.last is not None and turn.plan.nodes[node].behaviour == "loop":
        _end_loop(turn, node, repeat.last)
    elif repeat.count == 0:
        _end_empty(turn, node)
    else:
        repeat.closing = True
        turn.say(Evaluate(node, known.generation, scope=turn.state.id))


def _end_empty(turn: Turn, node: int) -> None:
    """A map over no items gives none."""
    result = inline.result_of(View(turn, node), [])
    assert result is not None
    if isinstance(result, Failure):
        fail(turn, node, result)
    else:
        outcomes.done(turn, node, result, [], edges=False)


def _end_loop(turn: Turn, node: int, lap: Lap) -> None:
    """The loop ends as its last lap did, with that one's output."""
    missing = outcomes.unhandled(turn.plan, node, lap.outcome)
    if missing is not None:
        fail(turn, node, missing)
        return
    path = f"{turn.state.path_of(turn.plan.nodes[node].segment)}~{lap.number}"
    outcomes.done(turn, node, lap.result, None, lap.outcome, edges=False, output_of=path, meta={"laps": lap.number})


def _wanted(turn: Turn, node: int, repeat: Repeat) -> bool:
    return turn.state.nodes[node].stopping is None and repeat.failure is None


def _body(turn: Turn, node: int) -> Region:
    body = turn.plan.nodes[node].body
    assert body is not None, "a map, a loop or an agent has a body"
    return turn.whole.region(body)
