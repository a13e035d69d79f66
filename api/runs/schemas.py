"""The bodies of the runs slice: what is asked for, and how runs and their nodes are shown."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.models import ActorView, JsonObject, Order, Page, Time, View
from plait.forms import Name

Tag = Annotated[str, Field(min_length=1, max_length=100)]
Environment = Name
BusinessKey = Annotated[str, Field(min_length=1, max_length=255)]
Breakpoints = Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(max_length=200)]
OnConflict = Literal["use_existing", "reject", "replace"]
Reason = Annotated[str, Field(max_length=2000)]


class StartRun(Order):
    """What a run is to do."""

    input: Any = Field(
        default=None, description="Checked against the workflow's input schema; its defaults are filled in."
    )
    key: BusinessKey | None = Field(default=None, description="One open run a workflow has this key.")
    on_conflict: OnConflict = "reject"
    version: int | None = Field(default=None, ge=1, lt=2**31)
    environment: Environment = "dev"
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    metadata: dict[str, str | int | float | bool | None] = Field(default_factory=dict, max_length=50)
    priority: int | None = Field(default=None, ge=1, le=5)
    start: Literal["now", "later"] = "now"
    debug: bool = Field(default=False, description="Stop before each node.")
    breakpoints: Breakpoints = Field(default_factory=list, description="Stop before these: ids, or paths of instances.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"input": {"document": "…"}, "tags": ["legal"]}]})


class PatchRun(Order):
    """Changes of the envelope (RFC 7396): what is not named stays, null takes away."""

    tags: list[Tag] | None = Field(default=None, max_length=50)
    metadata: dict[str, str | int | float | bool | None] | None = Field(default=None, max_length=50)
    note: str | None = Field(default=None, max_length=4000)


class Because(Order):
    """Why a run is controlled by hand."""

    reason: Reason | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "waiting for the bank"}]})


class RunWorkflow(View):
    """Which version of which workflow runs."""

    id: UUID
    slug: str
    name: str
    version: int


class WaitingFor(View):
    """One thing that the run waits for."""

    kind: Literal["gate", "inbound_event", "timer", "retry", "slot", "budget", "breakpoint", "incident", "worker"]
    path: str | None
    since: Time
    until: Time | None
    who: list[str]
    gate_id: UUID | None


class Tokens(View):
    """Tokens of models."""

    input: int = 0
    output: int = 0


class Origin(View):
    """What started the run."""

    model_config = ConfigDict(extra="ignore")

    kind: str
    run_id: UUID | None = None
    node: str | None = None
    id: str | None = None


class Links(View):
    """Where more is."""

    self: str
    nodes: str
    events: str
    graph: str
    temporal: str | None


class OutputRef(View):
    """A value that is too long to be shown here."""

    url: str
    bytes: int
    sha256: str
    media_type: str = "application/json"
    preview: str | None = None


class ErrorView(View):
    """Why something failed."""

    type: str
    category: Literal["business", "input", "external", "platform"]
    message: str
    node: str | None = None
    path: str | None = None
    attempt: int | None = None
    retryable: bool = False
    details: JsonObject = Field(default_factory=dict)


class RunSummary(View):
    """A run as lists show it: all but its values."""

    id: UUID
    workflow: RunWorkflow
    environment: str
    key: str | None
    status: Literal["pending", "running", "paused", "stopping", "completed", "failed", "cancelled", "terminated"]
    requested: Literal["cancel", "pause"] | None
    flags: list[str]
    waiting_for: list[WaitingFor]
    message: str
    progress_percent: int
    completed_nodes: int
    total_nodes: int
    error: ErrorView | None
    cost_usd: str | None
    own_cost_usd: str | None
    tokens: Tokens
    tags: list[str]
    metadata: JsonObject
    note: str | None
    origin: Origin
    parent_run_id: UUID | None
    owner: str | None
    started_by: ActorView
    created_at: Time
    started_at: Time | None
    completed_at: Time | None
    duration_ms: int | None
    allowed_actions: list[str]
    last_seq: int
    links: Links


class AttemptView(View):
    """One try of a node. `generation` counts retries by hand. One that is `lost` never told how it ended: its worker
    died, or its time was up.
    """

    model_config = ConfigDict(extra="ignore")

    attempt: int
    generation: int = 1
    status: str
    started_at: str | None = None
    completed_at: str | None = None
    error: JsonObject | None = None
    worker: str | None = None
    cost_usd: str | None = "0"
    tokens: Tokens = Tokens()


class Items(View):
    """How the items of a map stand."""

    total: int
    running: int
    completed: int
    failed: int
    skipped: int


class OverrideView(View):
    """What a person did with a node last, by hand."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    action: Literal["retry", "succeed", "skip", "retry_items"]
    with_: JsonObject | None = Field(
        serialization_alias="with", description="Of a retry: its parameters in place of the version's."
    )
    by: ActorView
    reason: str | None
    at: Time


class NodeRun(View):
    """A node of a run: how it stands, with every attempt."""

    path: str
    node: str
    type: str
    name: str | None
    status: Literal[
        "pending", "ready", "running", "retrying", "waiting", "held", "completed", "failed", "skipped", "cancelled"
    ]
    outcome: str | None = None
    attempt: int = 0
    progress: float | None = None
    items: Items | None = None
    message: str | None = None
    input: Any = None
    input_ref: OutputRef | None = None
    output: Any = None
    output_ref: OutputRef | None = None
    error: ErrorView | None = None
    why: JsonObject | None = None
    metadata: JsonObject | None = None
    cost_usd: str | None = "0"
    tokens: Tokens = Tokens()
    trace_id: str | None = None
    ready_at: Time | None = None
    started_at: Time | None = None
    completed_at: Time | None = None
    duration_ms: int | None = None
    attempts: list[AttemptView] = Field(default_factory=list)
    override: OverrideView | None = None
    redacted: bool = Field(default=False, description="The caller may not read values, so they are null.")


class PausedBefore(View):
    """A node that would run, were the run not paused, with the input that it would run with."""

    path: str
    node: str
    input: Any
    input_ref: OutputRef | None
    message: str | None = Field(description="Why there is no input: the node would fail.")
    redacted: bool = Field(default=False, description="The caller may not read values, so they are null.")


class BudgetView(View):
    """What a run may spend with the sub-workflows that it waits for, and what of it is reserved for calls under way."""

    cost_usd: str | None
    tokens: int | None
    seconds: float | None = Field(description="Of time in which an activity executes.")
    reserved_usd: str
    reserved_tokens: int


class UsedAgent(View):
    """The version of an agent that a run uses. One from code has no number."""

    origin: Literal["stored", "code"]
    version: int | None
    hash: str


class UsesView(View):
    """What the run resolved at its start: no edit reaches it later."""

    models: dict[str, str] = Field(description="The aliases of models, each as `provider:model`.")
    agents: dict[str, UsedAgent] = Field(description="The agents that it names, and those that these may come to.")


class Run(RunSummary):
    """A run with its values."""

    phases: list[str]
    input: Any
    input_ref: OutputRef | None
    output: Any
    output_ref: OutputRef | None
    debug: bool = Field(description="It was started to stop before each node.")
    breakpoints: list[str] = Field(description="Ids and paths of nodes before which it stops.")
    paused_before: list[PausedBefore] = Field(description="Where it is stepped through: what would run next.")
    budget: BudgetView | None
    uses: UsesView
    active_ms: int | None
    waiting_ms: int | None
    nodes: list[NodeRun] | None = Field(description="With `?include=nodes`, else null.")
    redacted: bool = Field(default=False, description="The caller may not read values, so they are null.")


class NodePage(Page[NodeRun]):
    """Nodes in plan order. What is done up to `last_seq` is in them."""

    last_seq: int


class GraphNode(View):
    """A node of the executed version and how it stands."""

    id: str
    path: str
    has_body: bool = Field(description="A map or a loop: `?path=` draws one of its items or laps.")
    name: str
    type: str
    status: str
    outcome: str | None
    attempt: int
    error_type: str | None
    why: JsonObject | None
    level: int
    ready_at: Time | None
    started_at: Time | None
    completed_at: Time | None


class GraphEdge(View):
    """An edge of the executed version and how it settled."""

    from_: str = Field(serialization_alias="from")
    to: str
    on: list[str]
    when: str | None
    state: Literal["open", "taken", "dead", "failed"]
    outcome: str | None


class Graph(View):
    """The executed version with the state of every node and edge."""

    run_id: UUID
    workflow: RunWorkflow
    status: str
    path: str = Field(description="Of the item or lap that is drawn; empty for the run's own graph.")
    nodes: list[GraphNode]
    edges: list[GraphEdge]
    at_seq: int
    last_seq: int
