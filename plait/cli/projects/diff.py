"""What applying files would change: each workflow against its newest stored version, by what its parts mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import typer
from rich.markup import escape

from interpreter.values import canonical
from plait.cli.authoring.documents import LocalWorkflow, read_local
from plait.cli.output import AsJson, console, show_json
from plait.cli.projects.apply import Places
from plait.cli.remote import Refused, Remote, connected

if TYPE_CHECKING:
    from api.workflows.diff import Difference

SAME, DIFFERENT, TROUBLE = 0, 1, 2
WIDTH = 60


@dataclass(frozen=True, slots=True)
class Compared:
    """A file and what is stored; `version` is None for a workflow that is new, `difference` where nothing differs."""

    local: LocalWorkflow
    version: int | None
    difference: "Difference | None"

    @property
    def is_same(self) -> bool:
        """Whether applying it would change nothing."""
        return self.version is not None and self.difference is None


def diff(places: Places, *, as_json: AsJson = False) -> None:
    """Show what plait apply would change. Exit codes: 0 nothing, 1 something, 2 it could not be found out."""
    try:
        with connected() as api:
            compared = [compare_one(api, each) for each in read_local(places)]
    except Refused as refusal:
        if as_json:
            show_json(refusal.problem)
        else:
            typer.echo(f"Error: {refusal}", err=True)
        raise typer.Exit(TROUBLE) from None
    if as_json:
        show_json({"different": not all(each.is_same for each in compared), "workflows": [*map(as_data, compared)]})
    else:
        for each in compared:
            for line in lines_of(each):
                console.print(line)
    raise typer.Exit(SAME if all(each.is_same for each in compared) else DIFFERENT)


def compare_one(api: Remote, local: LocalWorkflow) -> Compared:
    """A file against the newest version of its slug."""
    from api.workflows.diff import compare

    try:
        stored = api.get(f"/workflows/{local.slug}")
    except Refused as refusal:
        if refusal.problem.get("code") != "not_found":
            raise
        return Compared(local, None, None)
    if stored["definition"] is None:
        return Compared(local, None, None)
    version = stored["version"]
    if canonical(stored["definition"]) == canonical(local.document):
        return Compared(local, version, None)
    return Compared(local, version, compare(stored["definition"], local.document, (version, version + 1)))


def as_data(compared: Compared) -> dict[str, Any]:
    """One workflow for machines."""
    difference = compared.difference
    return {
        "slug": compared.local.slug,
        "file": compared.local.source.name,
        "status": "unchanged" if compared.is_same else "new" if compared.version is None else "changed",
        "version": compared.version,
        "difference": difference.model_dump(mode="json") if difference else None,
    }


def lines_of(compared: Compared) -> Iterator[str]:
    """One workflow for people: nothing where nothing differs."""
    slug, file = compared.local.slug, escape(compared.local.source.name)
    if compared.version is None:
        yield f"[bold]{slug}[/] is new: {file}"
    elif compared.difference is not None:
        yield f"[bold]{slug}[/] version {compared.version} -> {file}"
        yield from changes_in(compared.difference, compared.local.document)


def changes_in(difference: "Difference", document: dict[str, Any]) -> Iterator[str]:
    """A line for each change, with what was and what will be."""
    types = {node["id"]: node["type"] for node in document.get("chain") or document.get("nodes", [])}
    for name in difference.nodes.added:
        yield f"  [green]+ node {name}[/] ({types[name]})"
    for name in difference.nodes.removed:
        yield f"  [red]- node {name}[/]"
    for node in difference.nodes.changed:
        yield f"  [yellow]~ node {node.id}[/]"
        for path, before, after in leaves(node.before, node.after):
            yield f"      {change(path, before, after)}"
    if difference.nodes.moved:
        yield "  [yellow]~ the order of the nodes[/]"
    for edge in difference.edges.added:
        yield f"  [green]+ edge[/] {edge_text(edge)}"
    for edge in difference.edges.removed:
        yield f"  [red]- edge[/] {edge_text(edge)}"
    for field in difference.fields:
        for path, before, after in leaves(field.before, field.after, field.field):
            yield f"  [yellow]~[/] {change(path, before, after)}"


ABSENT = object()


def leaves(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts that differ, by their paths."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            inner = f"{path}.{name}" if path else name
            yield from leaves(before.get(name, ABSENT), after.get(name, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from leaves(old, new, f"{path}[{place}]")
    elif before is ABSENT or after is ABSENT or canonical(before) != canonical(after):
        yield path, before, after


def change(path: str, before: Any, after: Any) -> str:
    """One part: what it was, and what it will be."""
    if before is ABSENT:
        return f"{escape(path)}: {shown(after)} [green](new)[/]"
    if after is ABSENT:
        return f"{escape(path)}: {shown(before)} [red](gone)[/]"
    return f"{escape(path)}: {shown(before)} -> {shown(after)}"


def shown(value: Any) -> str:
    """A value on one line."""
    text = orjson.dumps(value).decode()
    return escape(text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…")


def edge_text(edge: dict[str, Any]) -> str:
    """An edge as people draw it."""
    on, when = edge.get("on"), edge.get("when")
    outcome = f" on {', '.join(on) if isinstance(on, list) else on}" if on else ""
    return escape(f"{edge['from']} -> {edge['to']}{outcome}{f' when {when}' if when else ''}")
