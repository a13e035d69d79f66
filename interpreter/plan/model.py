"""The plan: a document resolved to indexes, with every expression parsed.

Nodes and edges are numbered; a node's number is its place in plan order, which is topological with
ties in document order. Nothing here changes after it was built, so one plan serves every run of a
version in a process.
"""

from dataclasses import field
from typing import Literal

from interpreter.catalogue import Behaviour, NodeType, Tool
from interpreter.document.model import Document, JoinMode, Node, OnError
from interpreter.expressions import Expression, Prepared
from interpreter.records import record

INPUT = -1
"""The `source` of a fact over what a region is given (the run's input, an item, the previous lap's
output), where others have a node's index.
"""

Step = Literal["turn", "approval", "tool", "workflow", "agent", "told"]
"""What a node inside of an agent does: it asks the model or people, makes a call, or tells that there is none."""

Outer = tuple[int, int]
"""A node of an enclosing region: how many regions further out, and its index there."""


@record
class Guard:
    """An expression that the workflow evaluates.

    `tree` has its facts in place; `source` is the text as written, for people. `nodes` are the
    indexes of the nodes it names in its own region, `outer` those of enclosing ones, `facts` the ids
    of the facts it reads.
    """

    source: str
    tree: Expression
    nodes: tuple[int, ...] = ()
    facts: tuple[int, ...] = ()
    outer: tuple[Outer, ...] = ()


@record
class FactSpec:
    """A sub-expression over one source, computed where the source's value is produced.

    `source` is a node's index in `region`, or `INPUT`. One that is not `required` is read only by a
    transform, a merge or an output, and is left out, not failed, when it does not fit.
    """

    id: int
    region: int
    source: int
    expression: Expression
    text: str
    required: bool = True


@record
class Dispatch:
    """How Temporal is asked to run an activity. Seconds throughout."""

    start_to_close: float
    schedule_to_close: float | None
    max_attempts: int
    initial_interval: float
    backoff_coefficient: float
    max_interval: float
    non_retryable_errors: tuple[str, ...]


@record
class PlannedEdge:
    """`on` is resolved: never empty, never a default."""

    index: int
    source: int
    target: int
    on: frozenset[str]
    when: Guard | None


@record
class Case:
    """One case of a condition."""

    name: str
    when: Guard


@record
class Value:
    """What the workflow makes itself where it can: prepared, with facts in place.

    `prepared` is a keyword (of a `merge`, or of a body without `output`) as it is. `inline` is false
    if it reads what facts cannot hold.
    """

    prepared: Prepared | str | None = None
    facts: tuple[int, ...] = ()
    inline: bool = False


NO_VALUE = Value()


@record
class Undo:
    """How a node is compensated: as what kind of activity, and which nodes its parameters name."""

    kind: NodeType
    tool: Tool | None
    dispatch: Dispatch
    reads: tuple[int, ...]
    outer: tuple[Outer, ...]
    reads_input: bool


@record
class PlannedNode:
    """A node with all that its type, its edges and the defaults decided for it.

    `index`, `incoming` and `outgoing` are numbers of its `region`. `facts` are what must be computed
    from its output (error, input or meta), `reads` and `outer` the nodes that its `with`, `accept` or
    merge names, `seen` those of its region that it or its body reads at any time, `facts_read` the
    facts of its region that the workflow needs until it has ended (for its own guards and those of
    its out-edges, and for its body). `body` is the region that it repeats. `uncounted` marks
    `parallel`, which has no event and does not count in the progress.
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
    value: Value
    """Of a transform its `value`, of a join its `merge`, of a wait or an end all of `with`."""
    terminal: bool
    facts_read: tuple[int, ...] = ()
    region: int = 0
    outer: tuple[Outer, ...] = ()
    seen: tuple[int, ...] = ()
    body: int | None = None
    key: Guard | None = None
    """What the key of an event has to be."""
    undo: Undo | None = None
    step: Step | None = None
    """What it does inside of the agent whose id it has."""

    @property
    def name(self) -> str:
        """What people see."""
        return self.node.name or self.id

    @property
    def local(self) -> str:
        """What tells it from the other nodes of its region."""
        return self.step or self.id

    @property
    def segment(self) -> str:
        """What its path has behind that of its scope: nothing, where a turn or a call is what the scope is about."""
        return self.id if self.step is None else self.step if self.step in BESIDE else ""


BESIDE = frozenset[Step]({"approval", "told"})
"""The steps beside the one that a turn or a call is about."""


@record
class Region:
    """One graph: the root, the body of a map or a loop, or what an agent runs. Nodes and edges are numbered in it.

    `owner` is the node that repeats it: its region and its index there. `given` are the facts over
    what each instance of it is given, `readers` for each fact of the region how many of its nodes
    read it, and once more if its end does. `until` and `output` are evaluated at an instance's end;
    without `output` that is those of the terminal nodes, of a chain the last one's.
    """

    index: int
    owner: tuple[int, int] | None
    depth: int
    chained: bool
    nodes: tuple[PlannedNode, ...]
    edges: tuple[PlannedEdge, ...]
    index_of: dict[str, int]
    starts: tuple[int, ...]
    given: tuple[FactSpec, ...]
    fact_sources: dict[int, int]
    """The source of each of the region's facts, by its id."""
    readers: dict[int, int]
    levels: tuple[tuple[int, ...], ...]
    counted: int
    """Nodes that count in the progress: all but `parallel`."""
    output: Value
    output_reads: tuple[int, ...]
    """The nodes whose values its output needs, all terminal nodes when it has no `output`."""
    output_outer: tuple[Outer, ...] = ()
    compensates: bool = False
    """Whether a node of it, or of a body inside it, can be compensated."""
    until: Guard | None = None
    names: tuple[str, str] = ("item", "index")
    """What the body of a map calls an item, and its number."""
    role: Literal["graph", "turn", "call"] = "graph"
    """Whether it is a turn of an agent or a call that one asks for."""
    calls: dict[str, int] = field(default_factory=dict)
    """Of a turn: the regions of the calls that it may ask for, by the word for each."""


@record
class Plan(Region):
    """A document ready to run: its root region, and those inside it.

    `hash` is of document and catalogue slice together. `bodies` are the other regions, whose numbers
    begin at 1.
    """

    hash: str = ""
    document: Document = field(kw_only=True)
    bodies: tuple[Region, ...] = ()
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Region and index of every node, by its id."""
    steps: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """The same of what agents run inside, by the agent's id and the step."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """All regions, the root first."""
        return (self, *self.bodies)

    def region(self, index: int) -> Region:
        """The region of this number."""
        return self.bodies[index - 1] if index else self

    def find(self, id: str, step: str | None = None) -> PlannedNode:  # noqa: A002 - the language's word
        """The node of this id, in whatever region, or a step of that agent; raises KeyError."""
        region, index = self.places[id] if step is None else self.steps[id, step]
        return self.region(region).nodes[index]
