"""What crosses for what people want of a run while it goes on: to pause, to go on, to be stepped through."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class LoadCommands:
    """Ask for the recorded commands that the run has not answered, in order."""

    run_id: str
    project: str


@dataclass(slots=True)
class LoadedCommand:
    """A command as recorded. `path` and `generation` name the node of a step, `given` says that it brings its
    input along; `nodes` are breakpoints; `budget` that a pause is to last until there is money.
    """

    id: str
    kind: str
    path: str = ""
    generation: int = 1
    given: bool = False
    nodes: list[str] = field(default_factory=list)
    budget: bool = False


@dataclass(slots=True)
class LoadedCommands:
    """Those of one kind that the workflow does not know are left for one that does."""

    commands: list[LoadedCommand] = field(default_factory=list)
