"""A run's workflow: what it starts with and ends with. The classes of this package are plain dataclasses, so
that a saved history of any version can be read again.
"""

from dataclasses import dataclass, field
from typing import Any

from interpreter.messages import FactValue, Failure
from interpreter.shell.wire.names import INTERP_VERSION
from interpreter.shell.wire.nodes import Source
from interpreter.shell.wire.reuse import Rerun


@dataclass(slots=True)
class RunInput:
    """What a run's workflow starts with. The definition travels by value: no edit reaches a live
    run, and a saved history replays without a database.

    `definition` is the canonical text of `{"document": …, "catalogue": …}` and `hash` its SHA-256.
    `input_facts` come from the process that wrote the run row. `snapshot` is set by
    continue-as-new. A run with `debug` stops before each node, one with `breakpoints` before these; one that is
    `commanded` has commands on record that it answers before it begins. `open_mode` lets a `decide` signal by
    hand count without a vote row. `nearby` says that short tools may run in the worker that has the workflow.
    """

    run_id: str
    project: str
    workflow: str
    definition: str
    hash: str
    started_at: str
    environment: str = "dev"
    env: dict[str, Any] = field(default_factory=dict)
    input_size: int = 0
    input_facts: dict[str, FactValue] = field(default_factory=dict)
    open_mode: bool = False
    interp_version: int = INTERP_VERSION
    snapshot: dict[str, Any] | None = None
    debug: bool = False
    breakpoints: list[str] = field(default_factory=list)
    commanded: bool = False
    nearby: bool = False
    rerun: Rerun | None = None


@dataclass(slots=True)
class Finish:
    """End the run: evaluate the output when it completed, write the row and the event."""

    run_id: str
    project: str
    hash: str
    status: str
    at: str
    started_at: str
    environment: str = "dev"
    env: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    flags: list[str] = field(default_factory=list)
    end: str | None = None
    reads: list[Source] = field(default_factory=list)
    open_mode: bool = False
    """For the run that gets this one's slot."""


@dataclass(slots=True)
class Finished:
    """How the run's row stands after the compare-and-set; the workflow obeys it."""

    status: str
    failure: Failure | None = None
    output_size: int = 0
    output_sha256: str | None = None
