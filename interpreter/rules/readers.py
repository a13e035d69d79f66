"""Which facts somebody may still read. The others are dropped, so that a run's state stays small."""

from collections.abc import Iterable, Mapping

from interpreter.messages import FactValue
from interpreter.plan.model import INPUT, Plan
from interpreter.state import RunState


def still_read(state: RunState, facts: Mapping[int, FactValue]) -> dict[int, FactValue]:
    """Of new facts those that a node reads which has not ended."""
    return {fact: value for fact, value in facts.items() if state.readers[fact]}


def drop_read(plan: Plan, state: RunState, ended: Iterable[int]) -> None:
    """Drop the facts whose last readers have ended. Each node is to be told of once."""
    for node in ended:
        for fact in plan.nodes[node].facts_read:
            state.readers[fact] -= 1
            if not state.readers[fact]:
                source = plan.fact_sources[fact]
                held = state.input_facts if source == INPUT else state.nodes[source].facts
                held.pop(fact, None)
