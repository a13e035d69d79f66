"""`plait new`: a workflow from a template that comes with Plait."""

import sys
from typing import Annotated, Any

import orjson
import typer

from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused


def new(
    template: Annotated[str | None, typer.Argument(help="The template's name; without one they are listed.")] = None,
    slug: Annotated[str | None, typer.Option(help="The new workflow's slug; the template's own without it.")] = None,
    name: Annotated[str | None, typer.Option(help="The new workflow's name.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter; JSON, or plain text.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print a new workflow from a template: plait new approval --set limit=500 > expense.yaml."""
    from plait.templates import copy_of, shipped

    found = shipped()
    if template is None:
        show_templates(as_json=as_json)
        return
    if template not in found:
        detail = f"There is no template {template!r}; there are: {', '.join(found)}."
        raise Refused({"code": "not_found", "detail": detail})
    chosen = found[template]
    text = chosen.source
    if slug is not None or name is not None or settings:
        text = copy_of(chosen, slug or chosen.workflow_slug, name, parameters_in(settings or [])).decode()
    if as_json:
        show_json({"name": template, "parameters": chosen.parameters, "source": text})
    else:
        sys.stdout.write(text)


def show_templates(*, as_json: bool) -> None:
    """What there is, with the parameters of each."""
    from plait.templates import shipped

    found = shipped()
    if as_json:
        show_json({slug: each.description for slug, each in found.items()})
        return
    for slug, each in found.items():
        console.print(f"[bold]{slug:<20}[/] {each.description}")
        if parameters := list(each.parameters["properties"]):
            console.print(f"{'':<20} [bright_black]--set {', '.join(parameters)}[/]")


def parameters_in(settings: list[str]) -> dict[str, Any]:
    """`limit=500` as a number, `team=legal` as text."""
    found: dict[str, Any] = {}
    for said in settings:
        name, separator, value = said.partition("=")
        if not separator:
            raise Refused({"code": "request_invalid", "detail": f"--set {said} has no value: write NAME=VALUE."})
        try:
            found[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            found[name] = value
    return found
