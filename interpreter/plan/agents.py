"""What runs inside of an agent: regions that are the same for each, made here and not written by anybody.

A turn of the model is one region, and each call that it asks for another, by what is called and whether
people are asked first. An agent as a tool has turns inside its call. Nodes of these regions have the id of
the document's node and a `step` of their own; what they are given lies on record, so they hold no expressions.
"""

from dataclasses import replace
from typing import Final

from interpreter.catalogue import CORE, NodeType
from interpreter.document.model import Defaults, Node
from interpreter.expressions import parse
from interpreter.plan.dispatch import dispatch_of
from interpreter.plan.model import NO_VALUE, Dispatch, FactSpec, PlannedEdge, PlannedNode, Region, Step

TURN = NodeType(name="agent_turn", behaviour="activity", description="One turn of an agent's model.", timeout=600.0)
CALL = NodeType(name="agent_tool", behaviour="activity", description="One call of a tool by an agent.")
APPROVED: Final = "!"
"""Stands behind the kind of a call that people are asked about first."""
KINDS: Final[tuple[Step, ...]] = ("tool", "workflow", "agent")
"""What an agent may call; with or without `APPROVED` they name the regions of calls."""
REGIONS = 2 + 2 * len(KINDS)
"""So many regions an agent adds to a plan."""
_KIND_OF: dict[Step, NodeType] = {
    "turn": TURN,
    "approval": CORE["human_gate"],
    "tool": CALL,
    "workflow": CORE["subworkflow"],
    "agent": CORE["agent_call"],
    "told": CORE["parallel"],
}


def inside(agent: PlannedNode, defaults: Defaults, first: int, depth: int, fact: int) -> tuple[Region, ...]:
    """The regions of an agent, numbered from `first` on; `fact` is a free number of a fact.

    The first are its own turns, the last those of agents that it calls.
    """
    by_word: dict[str, tuple[Step, bool]] = {
        f"{kind}{mark}": (kind, bool(mark)) for kind in KINDS for mark in ("", APPROVED)
    }
    calls = {word: first + 1 + place for place, word in enumerate(by_word)}
    maker = _Maker(agent, defaults, depth, first + REGIONS - 1)
    own = maker.turns(first, (agent.region, agent.index), calls, fact)
    called = [
        maker.call(index, (first, 0), kind, approval=approval)
        for index, (kind, approval) in zip(calls.values(), by_word.values(), strict=True)
    ]
    inner = maker.turns(maker.inner, (calls["agent"], 0), calls, fact)
    # What the agent itself reads its turns read, for `accept`; one that is called has none.
    (turn,) = own.nodes
    reads = (*((1, node) for node in agent.reads), *((up + 1, node) for up, node in agent.outer))
    own = replace(own, nodes=(replace(turn, outer=reads, reads_input=agent.reads_input),))
    return own, *called, inner


class _Maker:
    """Makes the regions of one agent."""

    def __init__(self, agent: PlannedNode, defaults: Defaults, depth: int, inner: int) -> None:
        self.agent, self.defaults, self.depth, self.inner = agent, defaults, depth + 1, inner

    def turns(self, index: int, owner: tuple[int, int], calls: dict[str, int], fact: int) -> Region:
        """One turn: what it asks for is a fact over its output."""
        text = f"nodes.{self.agent.id}.output.next"
        spec = FactSpec(fact, index, 0, parse(text), text)
        turn = replace(self._node(index, 0, "turn"), facts=(spec,))
        return self._region(index, owner, (turn,), (), calls=calls, fact_sources={fact: 0}, readers={fact: 1})

    def call(self, index: int, owner: tuple[int, int], kind: Step, *, approval: bool) -> Region:
        """One call, after its approval if that is asked for."""
        if not approval:
            return self._region(index, owner, (self._node(index, 0, kind),), ())
        edges = (
            PlannedEdge(0, 0, 1, frozenset({"approved"}), None),
            PlannedEdge(1, 0, 2, frozenset({"rejected", "expired"}), None),
        )
        gate = replace(self._node(index, 0, "approval"), outgoing=(0, 1), terminal=False)
        called = replace(self._node(index, 1, kind), incoming=(0,))
        told = replace(self._node(index, 2, "told"), incoming=(1,))
        return self._region(index, owner, (gate, called, told), edges)

    def _region(
        self,
        index: int,
        owner: tuple[int, int],
        nodes: tuple[PlannedNode, ...],
        edges: tuple[PlannedEdge, ...],
        *,
        calls: dict[str, int] | None = None,
        fact_sources: dict[int, int] | None = None,
        readers: dict[int, int] | None = None,
    ) -> Region:
        return Region(
            index=index,
            owner=owner,
            depth=self.depth,
            chained=False,
            nodes=nodes,
            edges=edges,
            index_of={node.local: node.index for node in nodes},
            starts=(0,),
            given=(),
            fact_sources=fact_sources or {},
            readers=readers or {},
            levels=tuple((node.index,) for node in nodes),
            counted=len(nodes),
            output=NO_VALUE,
            output_reads=(),
            role="call" if calls is None else "turn",
            calls=calls or {},
        )

    def _node(self, region: int, index: int, step: Step) -> PlannedNode:
        kind, agent = _KIND_OF[step], self.agent
        return PlannedNode(
            index=index,
            id=agent.id,
            node=Node.model_construct(id=agent.id, type=kind.name, name=agent.node.name, with_={}),
            kind=kind,
            tool=None,
            behaviour=kind.behaviour,
            join="settled",
            quorum=0,
            cancel_rest=False,
            incoming=(),
            outgoing=(),
            outcomes=kind.outcomes,
            when=None,
            cases=(),
            default_case=None,
            dispatch=self._dispatch(kind) if kind.behaviour == "activity" else None,
            on_error="fail",
            facts=(),
            reads=(),
            reads_input=False,
            value=NO_VALUE,
            terminal=True,
            region=region,
            body=self.inner if step == "agent" else None,
            step=step,
        )

    def _dispatch(self, kind: NodeType) -> Dispatch:
        """`timeout` and `retry` hold for each turn and call; the deadline of the whole is a timer's."""
        return replace(dispatch_of(self.agent.node, kind, None, self.defaults), schedule_to_close=None)
