"""Votes on gates: who counts, when they decide, and what becomes of those that do not."""

from typing import assert_never

from interpreter.messages import CloseGate, GateOpened, NoteVote, Voted
from interpreter.rules.outcomes import unhandled
from interpreter.rules.turn import Turn
from interpreter.state import FINAL_NODE, GateState, NodeStatus


def ask(turn: Turn, node: int) -> None:
    """Remember a gate that is about to open."""
    turn.state.gates[node] = GateState(turn.state.nodes[node].generation)


def opened(turn: Turn, event: GateOpened) -> None:
    """The gate's rule is known: count the votes that came before it."""
    gate = turn.state.gates.get(event.node)
    if gate is None or gate.opened or gate.generation != event.generation:
        return
    gate.opened, gate.outcomes, gate.quorum = True, list(event.outcomes), event.quorum
    gate.reject, gate.approvers = event.reject, list(event.approvers)
    early, gate.early = gate.early, []
    for vote in early:
        voted(turn, vote)
    if gate.expired:
        expire(turn, event.node)


def refuse_early(turn: Turn, node: int) -> None:
    """The gate has ended before its rule was known: say so to those who have voted."""
    gate = turn.state.gates.get(node)
    if gate is not None and turn.state.nodes[node].status in FINAL_NODE:
        for vote in gate.early:
            _answer(turn, vote, "gate_closed")
        gate.early = []


def voted(turn: Turn, vote: Voted) -> None:
    """Count a vote, or refuse it. The same vote again changes nothing."""
    gate = turn.state.gates.get(vote.node)
    if gate is None or gate.generation != vote.generation:
        _answer(turn, vote, "gate_closed")
    elif any(known.vote == vote.vote for known in (*gate.votes, *gate.early)):
        return
    elif gate.closing or not _is_open(turn, vote.node):
        _answer(turn, vote, "gate_closed")
    elif not gate.opened:
        gate.early.append(vote)
    elif vote.decision not in gate.outcomes:
        _answer(turn, vote, "unknown_outcome")
    elif any(known.by == vote.by for known in gate.votes):
        _answer(turn, vote, "already_voted")
    else:
        _count(turn, gate, vote)


def expire(turn: Turn, node: int) -> None:
    """The gate's time is up. A gate never times out into approval."""
    gate = turn.state.gates[node]
    gate.expired = True
    if gate.opened and not gate.closing and _is_open(turn, node):
        _close(turn, gate, node, "expired")


def _count(turn: Turn, gate: GateState, vote: Voted) -> None:
    gate.votes.append(vote)
    if decides(gate, vote.decision):
        _close(turn, gate, vote.node, vote.decision)
    else:
        _answer(turn, vote)


def _answer(turn: Turn, vote: Voted, refusal: str | None = None) -> None:
    status = "applied" if refusal is None else "refused"
    path = turn.state.path_of(turn.plan.nodes[vote.node].segment)
    turn.say(NoteVote(vote.vote, path, vote.generation, status, refusal))


def _is_open(turn: Turn, node: int) -> bool:
    known = turn.state.nodes[node]
    return known.status is NodeStatus.WAITING and known.stopping is None


def _close(turn: Turn, gate: GateState, node: int, outcome: str) -> None:
    gate.closing = True
    applied = tuple(vote.vote for vote in gate.votes)
    missing = unhandled(turn.plan, node, outcome)
    turn.say(CloseGate(node, gate.generation, outcome, applied, missing, scope=turn.state.id))


def decides(gate: GateState, decision: str) -> bool:
    """Whether the votes for this outcome suffice. How many rejections do is the gate's own rule."""
    votes = [vote for vote in gate.votes if vote.decision == decision]
    if decision != "rejected":
        return _has_quorum(gate.quorum, votes)
    match gate.reject:
        case "any":
            return bool(votes)
        case "majority":
            quorum = gate.quorum if isinstance(gate.quorum, int) else sum(gate.quorum.values())
            return len(votes) > quorum / 2
        case "all":
            return _has_quorum(gate.quorum, votes)
        case _:
            assert_never(gate.reject)


def _has_quorum(quorum: int | dict[str, int], votes: list[Voted]) -> bool:
    if isinstance(quorum, int):
        return len(votes) >= quorum
    return all(sum(group in vote.groups for vote in votes) >= number for group, number in quorum.items())
