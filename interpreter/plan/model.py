"""The plan: a document resolved to indexes, with every expression parsed.

Nodes and edges are numbered; a node's number is its place in plan order, which is topological with
ties in document order. Nothing here changes after it was built, so one plan serves every run of a
version in a process.
"""

from dataclasses import dataclass

from interpreter.catalogue import Behaviour, NodeType, Tool
from interpreter.document.model import Document, JoinMode, Node, OnError
from interpreter.expressions import Expression, Prepared

INPUT = -1
"""The `source` of a fact over the run's input, where others have a node's index."""


@dataclass(frozen=True, slots=True)
class Guard:
    """An expression that the workflow evaluates.

    `tree` has its facts in place; `source` is the text as written, for people. `nodes` are the
    indexes of the nodes it names, `facts` the ids of the facts it reads.
    """

    source: str
    tree: Expression
    nodes: tuple[int, ...] = ()
    facts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A sub-expression over one source, computed where the source's value is produced.

    `source` is a node's index or `INPUT`. One that is not `required` is read only by a transform, a
    merge or the output, and is left out, not failed, when it does not fit.
    """

    id: int
    source: int
    expression: Expression
    text: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How Temporal is asked to run an activity. Seconds throughout."""

    start_to_close: float
    schedule_to_close: float | None
    max_attempts: int
    initial_interval: float
    backoff_coefficient: float
    max_interval: float
    non_retryable_errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedEdge:
    """`on` is resolved: never empty, never a default."""

    index: int
    source: int
    target: int
    on: frozenset[str]
    when: Guard | None


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a condition."""

    name: str
    when: Guard


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node with all that its type, its edges and the defaults decided for it.

    `facts` are what must be computed from its output (error, input or meta), `reads` the nodes
    that its `with`, `accept` or merge names, `facts_read` what the
    workflow evaluates facts for until the node has ended (its own guards and those of its out-edges), `inline` whether the workflow evaluates `value` itself
    when all its facts are at hand: false if it reads `arrived`, whose outputs are nobody's facts.
    `uncounted` marks `parallel`, which has no event and does not count in the progress.
    """

    index: int
    id: str
    node: Node
    kind: NodeType
    tool: Tool | None
    behaviour: Behaviour
    join: JoinMode
    quorum: int
    cancel_rest: bool
    incoming: tuple[int, ...]
    outgoing: tuple[int, ...]
    outcomes: tuple[str, ...]
    when: Guard | None
    cases: tuple[Case, ...]
    default_case: str | None
    dispatch: Dispatch | None
    on_error: OnError
    facts: tuple[FactSpec, ...]
    reads: tuple[int, ...]
    reads_input: bool
    value: Prepared | str | None
    """With facts in place, for behaviours that need no activity: a transform's `value`, a join's
    `merge` (its keyword as it is, null if there is none), all of `with` of a wait or an end."""
    value_facts: tuple[int, ...]
    terminal: bool
    facts_read: tuple[int, ...] = ()
    inline: bool = False

    @property
    def name(self) -> str:
        """What people see."""
        return self.node.name or self.id


@dataclass(frozen=True, slots=True)
class Plan:
    """A document ready to run. `hash` is of document and catalogue slice together."""

    hash: str
    document: Document
    nodes: tuple[PlannedNode, ...]
    edges: tuple[PlannedEdge, ...]
    index_of: dict[str, int]
    starts: tuple[int, ...]
    input_facts: tuple[FactSpec, ...]
    fact_sources: tuple[int, ...]
    """The source of each fact, by its id."""
    output_reads: tuple[int, ...]
    """The nodes whose values the run's output needs, all terminal nodes when the document has no output."""
    levels: tuple[tuple[int, ...], ...]
    counted: int
    """Nodes that count in the progress: all but `parallel`."""
