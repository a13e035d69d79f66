"""What an agent's turn came to: what it wants called, or that it was the last.

The turn's output has it under `next`, as a fact: `{final, calls: [[word, segment]]}`. A word names the region of
the call, a segment stands in its path.
"""

from typing import NamedTuple

from interpreter.messages import Failure
from interpreter.rules.turn import Turn

MOST_CALLS = 32
"""Calls of one turn. The model is told that any more are not made."""
STRIDE = 100
"""Numbers of calls that lie between those of two turns: a turn and its calls are instances of one node."""


class Call(NamedTuple):
    """One call that a turn asks for."""

    word: str
    segment: str


class Wish(NamedTuple):
    """What is to follow a turn: its calls, another turn, or nothing if it was `final`."""

    final: bool
    calls: tuple[Call, ...]


def wish_in(turn: Turn) -> Wish:
    """What the turn that has ended in this scope asks for."""
    (known,), (spec,) = turn.state.nodes, turn.plan.nodes[0].facts
    _, said = known.facts[spec.id]
    assert isinstance(said, dict), "a turn says what is to follow it"
    return Wish(said["final"], tuple(Call(*call) for call in said["calls"]))


def key_of(number: int, call: int = 0) -> int:
    """What a turn is known by among the instances of its agent, or a call of that turn."""
    return STRIDE * number + call


def exhausted(name: str, turns: int) -> Failure:
    """The failure of an agent that goes on asking."""
    message = f"{name} has not come to an answer in {turns} turns"
    return Failure("TurnsExhausted", message, "external", details={"turns": turns})
