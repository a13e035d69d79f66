"""Which facts somebody may still read. The others are dropped, so that a run's state stays small."""

from collections.abc import Mapping

from interpreter.messages import FactValue
from interpreter.plan.model import INPUT, Region
from interpreter.state import Scope


def still_read(state: Scope, facts: Mapping[int, FactValue]) -> dict[int, FactValue]:
    """Of new facts those that somebody reads who has not ended."""
    return {fact: value for fact, value in facts.items() if state.readers.get(fact)} if facts else {}


def drop_read(plan: Region, state: Scope, ended: int) -> None:
    """Drop the facts whose last reader this node was. Each node is to be told of once."""
    for fact in plan.nodes[ended].facts_read:
        state.readers[fact] -= 1
        if not state.readers[fact]:
            source = plan.fact_sources[fact]
            held = state.facts if source == INPUT else state.nodes[source].facts
            held.pop(fact, None)
