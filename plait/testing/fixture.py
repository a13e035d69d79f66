"""The fixture as frozen models: what a case is told in place of the world, and what it expects."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from interpreter.document.model import DURATION
from interpreter.document.model import Duration as Seconds
from interpreter.messages import ErrorCategory

ATTEMPT_FIELDS = frozenset({"output", "error", "after"})
EXPIRES = "expires"
Duration = Annotated[
    Seconds,
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": DURATION.pattern}]}),
]


class Part(BaseModel):
    """Base of everything in a fixture: immutable, strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def said(self, field: str) -> bool:
        """Whether the field stands in the file: an expected null is not one left out."""
        return field in self.model_fields_set


class MockError(Part):
    """How an attempt fails. As with an exception in a tool, the next attempt follows unless it says otherwise."""

    type: str = "Error"
    """What error edges, `non_retryable_errors` and `expect.error` name."""
    message: str = "it was mocked to fail"
    category: ErrorCategory = "external"
    retryable: bool = True
    details: dict[str, Any] = Field(default_factory=dict)
    """What expressions read as `error.details`."""


class MockAttempt(Part):
    """One attempt of a node: its output, or its error, after so much time."""

    output: Any = None
    """What it gives: any JSON value."""
    error: MockError | None = None
    """How it fails."""
    after: Duration = 0
    """How long it takes on the virtual clock."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "MockAttempt":
        if self.said("output") == self.said("error"):
            raise PydanticCustomError("mock_attempt", "an attempt has an `output` or an `error`, and not both")
        return self


def as_attempts(mock: object) -> object:
    """A list of attempts as it is; anything else is the output of each attempt.

    What may be meant as either is refused, not guessed.
    """
    if isinstance(mock, list) and mock and all(_is_attempt(each) for each in mock):
        return mock
    if isinstance(mock, Mapping) and _is_attempt(mock) and mock.keys() <= ATTEMPT_FIELDS:
        raise PydanticCustomError(
            "mock_form",
            "this may be an attempt or an output: write a list for an attempt, `[{error: …}]`, "
            "and `[{output: {…}}]` for an output of this form",
        )
    return [{"output": mock}]


def _is_attempt(value: object) -> bool:
    return isinstance(value, Mapping) and ("output" in value or "error" in value)


class Vote(Part):
    """One person's answer, so much time after the gate has opened."""

    decision: str
    """One of the gate's outcomes."""
    by: str | dict[str, Any] = "somebody"
    """A name, or all of the actor: `{type, id, name}`."""
    groups: tuple[str, ...] = ()
    """Those for which the vote counts where the quorum is one for each group."""
    form: Any = None
    """The answer to the gate's form, which it has to fit."""
    comment: str | None = None
    after: Duration = 0
    """How long after the gate has opened."""


def as_votes(answer: object) -> object:
    """One vote is a list of one."""
    return [answer] if isinstance(answer, Mapping) else answer


class InboundEvent(Part):
    """An external event that reaches the run so much time after its start."""

    name: str
    """What the `event` node waits for."""
    key: str | None = None
    """What the node's `key` has to be equal to."""
    payload: Any = None
    """The node's output."""
    at: Duration = 0
    """How long after the run's start."""


class RunNames(Part):
    """What expressions read as `run.id`, `run.started_at` and `run.environment`."""

    id: str = "test"
    started_at: str = "2026-01-01T00:00:00.000000Z"
    environment: str = "dev"


Mock = Annotated[tuple[MockAttempt, ...], BeforeValidator(as_attempts, json_schema_input_type=Any)]
"""To an editor a mock is any value: what is meant as an attempt is told when it is read."""
Votes = tuple[Vote, ...] | Literal["expires"]
Answer = Annotated[Votes, BeforeValidator(as_votes, json_schema_input_type=Vote | Votes)]


class Setup(Part):
    """What the run is told. In a case each mock, answer and variable takes the place of that in `defaults`."""

    workflow: str | None = None
    """The file of the workflow, seen from the fixture; by default the one that the fixture is named after."""
    input: Any = Field(default_factory=dict)
    """The run's input; the defaults of its schema are filled in, and it has to fit."""
    env: dict[str, Any] = Field(default_factory=dict)
    """Variables of the environment; those left out have the default that the workflow says."""
    run: RunNames = RunNames()
    """What `run.id`, `run.started_at` and `run.environment` are."""
    mocks: dict[str, Mock] = Field(default_factory=dict)
    """By path: what the node there gives, or a list of attempts."""
    gates: dict[str, Answer] = Field(default_factory=dict)
    """By path: a vote, a list of votes, or `expires`."""
    events: tuple[InboundEvent, ...] = ()
    """External events that reach the run."""
    cancel_at: Duration | None = None
    """When the run is cancelled, counted from its start."""

    def over(self, defaults: "Setup") -> "Setup":
        """This setup, with what it does not say taken from `defaults`."""
        merged = {name: getattr(self if self.said(name) else defaults, name) for name in Setup.model_fields}
        for name in ("input", "env", "mocks", "gates"):
            first, second = getattr(defaults, name), getattr(self, name)
            if isinstance(first, dict) and isinstance(second, dict):
                merged[name] = first | second
        return Setup.model_construct(**merged)


class ExpectedEvent(Part):
    """What became of a node: the last word of the event's type, such as `completed` or `waiting`."""

    type: str
    """`started`, `waiting`, `completed`, `failed`, `skipped`, `cancelled` or `held`."""
    path: str


class Expectation(Part):
    """What must come of the run. A field that is left out is not looked at.

    Of a case that names neither `status` nor `error` the status must be `completed`.
    """

    status: str | None = None
    """How the run ended, or `waiting` when only people or events could go on."""
    output: Any = None
    """All of the run's output."""
    output_contains: Any = None
    """Part of the output: objects may have more fields than these, everything else must be equal."""
    error: str | None = None
    """The type of the run's error."""
    path: tuple[str, ...] = ()
    """The nodes that completed, in this order, and no others."""
    path_contains: tuple[str, ...] = ()
    """Nodes that completed in this order; others may have completed before, between and after them."""
    skipped: dict[str, str] | tuple[str, ...] = ()
    """The nodes that were skipped, and no others: paths, or paths with their reasons."""
    events: tuple[ExpectedEvent, ...] = ()
    """What happened in this order; more may have happened before, between and after."""
    duration: Duration | None = None
    """From the start to the end on the virtual clock."""
    flags: tuple[str, ...] = ()
    """The run's flags, such as `no_terminal_executed`, and no others."""
    checks: tuple[str, ...] = ()
    """Expressions over `run`, `nodes` and `input`, each of which must be true."""


class Case(Setup):
    """One run of a workflow."""

    name: str = Field(min_length=1)
    """A sentence that says what is promised; no two cases of a file have the same."""
    expect: Expectation = Expectation()
    """What must come of the run."""


class Fixture(Part):
    """A file of cases. What is the same for all of them stands once, in `defaults`."""

    defaults: Setup = Setup()
    """What every case is told that does not say otherwise."""
    cases: tuple[Case, ...]
    """The runs to try."""
