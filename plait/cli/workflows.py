"""Writing workflows: from a template to a stored version."""

import sys
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused, connected

File = Annotated[Path, typer.Argument(metavar="FILE", help="A workflow in YAML or JSON.")]


def new(
    template: Annotated[str | None, typer.Argument(help="The template's name; without one they are listed.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print a new workflow from a template: plait new approval > expense.yaml."""
    found = {
        path.name.removesuffix(".yaml"): path
        for path in files("plait.templates").iterdir()
        if path.name.endswith(".yaml")
    }
    if template is None:
        listed = {name: path.read_text().splitlines()[0].lstrip("# ") for name, path in sorted(found.items())}
        if as_json:
            show_json(listed)
        else:
            for name, purpose in listed.items():
                console.print(f"[bold]{name:<12}[/] {purpose}")
    elif template in found:
        text = found[template].read_text()
        if as_json:
            show_json({"name": template, "source": text})
        else:
            sys.stdout.write(text)
    else:
        raise Refused(
            {
                "code": "not_found",
                "detail": f"There is no template {template!r}; there are: {', '.join(sorted(found))}.",
            }
        )


def apply(file: File, *, as_json: AsJson = False) -> None:
    """Store a workflow: a changed document becomes a new version, an equal one changes nothing."""
    source, headers = read_workflow(file)
    with connected() as api:
        slug = slug_of(source, file)
        before = version_of(api, slug)
        stored = api.send("PUT", f"/workflows/{slug}", content=source, headers={**headers, "if-match": "*"})
    if as_json:
        show_json(stored)
    elif stored["version"] == before:
        console.print(f"{slug} is unchanged at version {before}.")
    else:
        console.print(f"Stored {slug} as version {stored['version']}.")


def read_workflow(file: Path) -> tuple[bytes, dict[str, str]]:
    """The file's bytes and what they are, by its ending."""
    if not file.is_file():
        raise Refused({"code": "not_found", "detail": f"There is no file {file}."})
    kind = "application/json" if file.suffix == ".json" else "application/yaml"
    return file.read_bytes(), {"content-type": kind}


def slug_of(source: bytes, file: Path) -> str:
    """The slug that the document gives itself."""
    from interpreter.document.read import read_document

    reading = read_document(source, "application/json" if file.suffix == ".json" else "application/yaml")
    if reading.document is None:
        errors = [asdict(found) | {"path": found.dotted} for found in reading.problems]
        raise Refused({"code": "workflow_invalid", "detail": f"{file} is not a workflow.", "errors": errors})
    return reading.document.slug


def version_of(api: Any, slug: str) -> int | None:
    """The newest stored version, None when nothing of that slug is stored."""
    try:
        return api.get(f"/workflows/{slug}")["version"]
    except Refused as refusal:
        if refusal.problem.get("code") == "not_found":
            return None
        raise
