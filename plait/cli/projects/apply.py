"""Storing workflows from files: all of them or none, and nothing where nothing changed."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from plait.cli.authoring.documents import LocalWorkflow, read_local
from plait.cli.authoring.sources import STDIN
from plait.cli.output import AsJson, console, show_json
from plait.cli.projects.folders import send_archive
from plait.cli.remote import Refused, connected
from plait.projects import AGENTS, FORM, MANIFEST, WORKFLOWS, packed

Places = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Workflows in YAML or JSON, folders of them, or - for stdin.")
]


def apply(
    places: Places,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be stored, and store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Store workflows: a changed document becomes a new version, an equal one changes nothing. All or none of them.

    The agents in `agents` of a folder are stored with them.
    """
    workflows = {archive_name(each): each for each in read_local(places)}
    agents = agents_in(places)
    with connected() as api:
        try:
            report = send_archive(api, archive_of(workflows, agents), dry_run=dry_run)
        except Refused as refusal:
            raise relocated(refusal, workflows) from None
    if as_json:
        show_json(report)
        return
    for each in report["workflows"]:
        console.print(sentence(each, dry_run=dry_run))
    for name in report["agents"]:
        console.print(f"The agent {name} would be stored." if dry_run else f"Stored the agent {name}.")


def agents_in(places: Iterable[str]) -> dict[str, bytes]:
    """The files of agents in the folders among the places, as they are called on their way."""
    folders = (Path(place) / AGENTS for place in places if place != STDIN)
    files = (file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml")))
    return {f"{AGENTS}/{file.name}": file.read_bytes() for file in files}


def archive_name(workflow: LocalWorkflow) -> str:
    """What the file is called on its way."""
    return f"{WORKFLOWS}/{workflow.slug}.{'json' if workflow.source.media_type == 'application/json' else 'yaml'}"


def archive_of(workflows: Mapping[str, LocalWorkflow], agents: Mapping[str, bytes]) -> bytes:
    """An export of nothing but these documents, and these agents."""
    documents = {name: each.source.content for name, each in workflows.items()}
    return packed({MANIFEST: f"export: {FORM}\n".encode(), **documents, **agents})


def sentence(stored: Mapping[str, Any], *, dry_run: bool) -> str:
    """What became of one workflow."""
    slug, version = stored["slug"], stored["version"]
    if stored["did"] == "unchanged":
        return f"{slug} is unchanged at version {version}."
    return f"{slug} would be stored as version {version}." if dry_run else f"Stored {slug} as version {version}."


def relocated(refusal: Refused, workflows: Mapping[str, LocalWorkflow]) -> Refused:
    """The refusal with each problem at the place where the user has its file."""
    errors = [at_home(error, workflows) for error in refusal.problem.get("errors") or ()]
    return Refused(refusal.problem | {"errors": errors})


def at_home(error: Mapping[str, Any], workflows: Mapping[str, LocalWorkflow]) -> dict[str, Any]:
    """One problem: its file by the name that was typed, left out where only one was."""
    name, path = next(
        ((each, error["path"]) for each in workflows if (error["path"] or "").startswith(each)), (None, "")
    )
    if name is None:
        return dict(error)
    within = path.removeprefix(name).removeprefix(".")
    pointer = "/" + "/".join((error["pointer"] or "").split("/")[2:])
    file = workflows[name].source.name
    place = within if len(workflows) == 1 else f"{file}: {within}".removesuffix(": ")
    return {**error, "file": file, "path": place or None, "pointer": pointer}
