"""What crosses when a run goes on under another version."""

from dataclasses import dataclass, field
from typing import Any

from interpreter.messages import FactValue


@dataclass(slots=True)
class LoadMigration:
    """Ask for the version that a command wants the run to go on under."""

    run_id: str
    project: str
    command: str


@dataclass(slots=True)
class LoadedMigration:
    """The version, by value like a run's first one, and what it reads of the run's environment."""

    found: bool
    definition: str = ""
    hash: str = ""
    env: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ValueOf:
    """Over which value facts are wanted: the fields of `interpreter.migrate.Wanted` that say where it lies."""

    kind: str
    node: str
    path: str
    generation: int = 1
    key: int = 0
    override: str | None = None


@dataclass(slots=True)
class RecountFacts:
    """Compute the facts of this plan over these values."""

    run_id: str
    project: str
    hash: str
    values: list[ValueOf]


@dataclass(slots=True)
class RecountedFacts:
    """The facts over each value, in order; or why one has too much in it for the workflow to hold. Fact ids are
    text, as JSON keys are.
    """

    facts: list[dict[str, FactValue]] = field(default_factory=list)
    failure: str | None = None


@dataclass(slots=True)
class ReportRow:
    """An entry of the report; the fields of `interpreter.migrate.Entry`."""

    node: str
    path: str
    change: str
    status: str | None = None
    because: str | None = None


@dataclass(slots=True)
class MigrationReport:
    """What becomes of each node, and what stands in the way of the whole."""

    entries: list[ReportRow] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class EndMigration:
    """Put it on record that the run goes on under the command's version, or why it does not."""

    run_id: str
    project: str
    command: str
    at: str
    report: MigrationReport
    refusal: str | None = None


@dataclass(slots=True)
class AskReport:
    """The argument of the query `migration`: the version, as a run has it."""

    definition: str
    hash: str
