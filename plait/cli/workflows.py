"""Writing workflows: from a template."""

import sys
from importlib.resources import files
from typing import Annotated

import typer

from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused


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
