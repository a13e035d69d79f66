"""What crosses for runs that take results of an earlier one."""

from dataclasses import dataclass, field

from interpreter.shell.wire.nodes import NodeResult, NodeTask


@dataclass(slots=True)
class Rerun:
    """That a run is a rerun: of whose results it takes what it can, where `source` says so.

    `fresh` are the paths that run anew whatever they read, with all behind them. `overrides` are the
    rows by which a person has decided beforehand what becomes of nodes; they are met before any other.
    """

    source: str | None
    fresh: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ReuseTask:
    """Ask whether these nodes have to be run, or have their result in the run `source`. `keys` are those of
    the events that nodes wait for, by path.
    """

    source: str
    tasks: list[NodeTask]
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reused:
    """For each node that was asked about its result, which is on record now; None where it has to run."""

    results: list[NodeResult | None]
