"""What is asked of an evaluation."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.http.models import JsonObject, Order
from api.runs.schemas import Environment
from plait.forms import Form
from plait.starts import DEFAULT_ENVIRONMENT

MOST_ROWS = 10_000
MOST_SCORES = 20
MOST_AT_ONCE = 32
Name = Annotated[
    str,
    Form(
        r"[a-z][a-z0-9_]{0,62}",
        "Write a name of a-z, 0-9 and _ that begins with a letter and has at most 63 characters.",
    ),
]
Version = Annotated[int, Field(ge=1, lt=2**31)]


class Judge(Order):
    """A model that gives points for an output."""

    model: Annotated[str, Field(min_length=1, max_length=200, description="A model or an alias.")] = "smart"
    criteria: Annotated[str, Field(min_length=1, max_length=20_000, description="What a good output is like.")]
    scale: Annotated[int, Field(ge=1, le=100, description="It gives 0 to this many points; their share is the value.")]


class ScoreOrder(Order):
    """One score of each output: what an expression gives, or what a model thinks of it."""

    name: Name
    expression: Annotated[
        str | None,
        Field(
            max_length=10_000,
            description="Over `input`, `expected`, `output` and `meta`; gives a boolean (true is 1) or a number.",
        ),
    ] = None
    judge: Judge | None = None
    accept: Annotated[float, Field(strict=False, description="A row passes from this value on.")] = 0.5

    @model_validator(mode="after")
    def is_one_of_both(self) -> "ScoreOrder":
        """An expression or a judge."""
        if (self.expression is None) == (self.judge is None):
            raise ValueError("say either `expression` or `judge`")
        return self


class DatasetRow(Order):
    """One line of a dataset."""

    input: Any
    expected: Annotated[Any, Field(description="For the scores; the run does not see it.")] = None
    meta: Annotated[Any, Field(description="Whatever belongs to the row.")] = None


class EvalOrder(Order):
    """What to run, on what, and what is good."""

    workflow: Annotated[str, Field(min_length=1, max_length=200, description="Its slug or id.")]
    version: Annotated[Version | None, Field(description="The version that the environment runs if left out.")] = None
    document: Annotated[
        JsonObject | None, Field(description="A document that is not saved, in place of a version.")
    ] = None
    against: Annotated[Version | None, Field(description="A second version, which the first is held against.")] = None
    environment: Environment = DEFAULT_ENVIRONMENT
    rows: Annotated[list[DatasetRow] | None, Field(min_length=1, max_length=MOST_ROWS)] = None
    file: Annotated[
        UUID | None, Field(strict=False, description="An uploaded file of JSON lines, each `{input, expected, meta}`.")
    ] = None
    scores: Annotated[list[ScoreOrder], Field(min_length=1, max_length=MOST_SCORES)]
    concurrency: Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="So many rows at once.")] = 4
    budget_usd: Annotated[
        float | None,
        Field(gt=0, strict=False, description="No further row begins once the runs and judges have cost so much."),
    ] = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "workflow": "support-triage",
                    "version": 4,
                    "against": 3,
                    "rows": [{"input": {"message": "I was charged twice"}, "expected": "billing"}],
                    "scores": [
                        {"name": "topic", "expression": "output.topic == expected"},
                        {"name": "tone", "judge": {"criteria": "The reply is friendly and short.", "scale": 5}},
                    ],
                    "budget_usd": 5,
                }
            ]
        }
    )
