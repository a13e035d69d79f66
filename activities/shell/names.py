"""The names that a node's expressions see: only what they read is loaded."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from activities.services import Services
from interpreter.expressions import Expression, walk
from interpreter.expressions.tree import Fact, Member, Name
from interpreter.plan.model import Plan
from interpreter.rules.evaluate import error_of
from interpreter.shell.wire import Finish, Instance, NodeTask, Source
from interpreter.values import Json
from plait.errors import NotFound
from plait.settings import secrets_for
from plait.store.items import ItemsOf
from plait.store.tasks import NodeFound, RunFound

ANY_NODE = "*"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What expressions read: values of nodes (`("score", "output")`), and the names that they begin with."""

    values: frozenset[tuple[str, str]] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: "Wanted") -> "Wanted":
        return Wanted(self.values | other.values, self.names | other.names)

    def reads(self, node: str, value: str) -> bool:
        """Whether this value of the node is read."""
        return (node, value) in self.values or (ANY_NODE, value) in self.values


EVERY_OUTPUT = Wanted(frozenset({(ANY_NODE, "output")}))
"""What is read where outputs are put together by a keyword."""


def wanted_in(trees: Iterable[Expression]) -> Wanted:
    """What the expressions read."""
    values: set[tuple[str, str]] = set()
    names: set[str] = set()
    for part in _parts(trees):
        match part:
            case Member(Member(Name("nodes"), node), value):
                values.add((node, value))
            case Name(name):
                names.add(name)
            case _:
                pass
    if "arrived" in names:
        values.add((ANY_NODE, "output"))
    return Wanted(frozenset(values), frozenset(names))


def _parts(trees: Iterable[Expression]) -> Iterator[Expression]:
    """All within them. What the workflow holds as a fact is read here as it was written."""
    for tree in trees:
        for part in walk(tree):
            if isinstance(part, Fact):
                yield from walk(part.original)
            else:
                yield part


@dataclass(frozen=True, slots=True)
class View:
    """Where a node stands, and what had settled when it was decided: what its expressions may see."""

    project: str
    run: Mapping[str, Any]
    env: Mapping[str, Any]
    reads: list[Source]
    arrived: list[str] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)

    @classmethod
    def of(cls, task: NodeTask | Finish) -> "View":
        """That of a task."""
        run = {"id": task.run_id, "started_at": task.started_at, "environment": task.environment}
        if isinstance(task, Finish):
            return cls(task.project, run, task.env, task.reads)
        return cls(task.project, run, task.env, task.reads, task.arrived, task.instances)

    @property
    def lap(self) -> Instance | None:
        """The lap of the innermost loop around the node."""
        return next((instance for instance in reversed(self.instances) if instance.kind == "loop"), None)

    def rows(self) -> list[tuple[str, int]]:
        """Path and generation of the rows in which the values lie."""
        rows = [(source.path, source.generation) for source in self.reads]
        return rows if self.lap is None else [*rows, _row_before(self.lap)]

    def missing_in(self, found: RunFound) -> str | None:
        """The path of something that has ended as the workflow says, and of which no row says so."""
        ended = [source.path for source in self.reads if source.has_output]
        if self.lap is not None and self.lap.key > 1:
            ended.append(_row_before(self.lap)[0])
        return next((path for path in ended if not found.has_ended(path)), None)


def node_of(path: str) -> str:
    """The id of the node that a path names an instance of, or a part of."""
    return path.rpartition(".")[2].partition("~")[0]


async def names_of(services: Services, plan: Plan, found: RunFound, view: View, wanted: Wanted) -> dict[str, Any]:
    """The names and their values. Raises NotFound for a row or payload that was deleted meanwhile."""
    nodes = {
        node_of(source.path): await _entry(services, view.project, source, found.nodes.get(source.path), wanted)
        for source in view.reads
    }
    names: dict[str, Any] = {
        "vars": plan.document.vars,
        "env": view.env,
        "run": view.run,
        "nodes": nodes,
        "arrived": [_arrival(name, nodes.get(name, {})) for name in view.arrived],
        "secrets": secrets_for(view.run["environment"], services.secrets),
        **await _given(services, found, view, wanted),
    }
    if found.input is not None:
        names["input"] = await services.payloads.value(view.project, found.input)
    return names


async def _given(services: Services, found: RunFound, view: View, wanted: Wanted) -> dict[str, Any]:
    """What the items and laps around the node are called."""
    names: dict[str, Any] = {}
    for instance in view.instances:
        if instance.kind == "map":
            item, index = instance.names
            names[index] = instance.key
            if item in wanted.names:
                of = ItemsOf(view.project, UUID(view.run["id"]), instance.path, instance.generation)
                (names[item],) = await services.items.load(of, instance.key, instance.key + 1)
    if (lap := view.lap) is not None:
        names["lap"] = lap.key
        if "prev" in wanted.names:
            names["prev"] = await _before(services, found, view.project, lap)
    return names


def _row_before(lap: Instance) -> tuple[str, int]:
    """The row of the lap before, or that of the loop itself."""
    return (lap.path if lap.key == 1 else f"{lap.path}~{lap.key - 1}"), lap.generation


async def _before(services: Services, found: RunFound, project: str, lap: Instance) -> Json:
    """The output of the lap before; in the first lap what the loop began with."""
    path, _ = _row_before(lap)
    row = found.nodes.get(path)
    stored = None if row is None else row.input if lap.key == 1 else row.output
    if stored is None:
        raise NotFound(f"there is nothing on record of {path}")
    value = await services.payloads.value(project, stored)
    return value["initial"] if lap.key == 1 else value


async def _entry(
    services: Services, project: str, source: Source, row: NodeFound | None, wanted: Wanted
) -> dict[str, Any]:
    entry: dict[str, Any] = {"status": source.status}
    if source.outcome is not None:
        entry["outcome"] = source.outcome
    if source.failure is not None:
        entry["error"] = error_of(source.failure)
    if row is None:
        return entry
    node = node_of(source.path)
    if source.has_output and row.output is not None and wanted.reads(node, "output"):
        entry["output"] = await services.payloads.value(project, row.output)
    if row.input is not None and wanted.reads(node, "input"):
        entry["input"] = await services.payloads.value(project, row.input)
    if row.metadata is not None:
        entry["meta"] = row.metadata
    return entry


def _arrival(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": name, **{key: entry[key] for key in ("outcome", "output") if key in entry}}
