"""Agents: finding, showing and storing them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, show_json, show_table
from plait.cli.registry.tools import read_source, text_of
from plait.cli.remote import connected
from plait.testing.dump import to_yaml

commands = typer.Typer(no_args_is_help=True, help="Agents that workflows may name, stored and from code.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The agent.")]


@commands.command("list")
def list_agents(
    capability: Annotated[str | None, typer.Option(help="Only those that can do this.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="Words in name or description.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """The project's own agents, and those from code."""
    with connected() as api:
        found = api.get("/agents", capability=capability, tag=tag, q=query)
    if as_json:
        show_json(found)
        return
    show_table(
        ("AGENT", "VERSION", "MODEL", "CAN", "DOES"),
        map(agent_row, found["items"]),
        empty="There is no agent like that.",
    )


def agent_row(agent: dict[str, Any]) -> tuple[str, ...]:
    """An agent as the table has it."""
    return (
        agent["name"],
        version_text(agent),
        escape(agent["model"] or "elsewhere"),
        escape(", ".join(agent["capabilities"])) or "-",
        escape(agent["description"]),
    )


def version_text(agent: dict[str, Any]) -> str:
    """Its number, or for one from code the beginning of its hash."""
    return str(agent["version"]) if agent["version"] else f"code {agent['hash'][:8]}"


@commands.command()
def show(name: Name, *, as_json: AsJson = False) -> None:
    """One agent as a file that `plait agents put` takes, and who names it."""
    with connected() as api:
        found = api.get(f"/agents/{name}")
        users = api.get(f"/agents/{name}/used_by")["items"]
    if as_json:
        show_json({**found, "used_by": users})
        return
    console.print(f"# {name}, version {version_text(found)}", style="bright_black", markup=False)
    if users:
        named = ", ".join(f"{each['kind']} {each['name']}" for each in users)
        console.print(f"# used by {named}", style="bright_black", markup=False)
    typer.echo(to_yaml(found["definition"]), nl=False)


@commands.command()
def put(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The agent in YAML or JSON.")],
    name: Annotated[str | None, typer.Option(help="The agent's name; that of the file if left out.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Store an agent: a changed one becomes the next version, an equal one changes nothing."""
    known_as = name or file.stem
    definition = read_source(text_of(file), file)
    with connected() as api:
        stored = api.edit(f"/agents/{known_as}", lambda _: definition)
    if as_json:
        show_json(stored)
    else:
        console.print(f"{known_as} is version {stored['version']}.")


@commands.command()
def delete(name: Name, *, as_json: AsJson = False) -> None:
    """Delete an agent of the project's own that nothing names. Runs that have started go on with it."""
    with connected() as api:
        api.send("DELETE", f"/agents/{name}")
    if as_json:
        show_json({"name": name, "deleted": True})
    else:
        console.print(f"The agent {name} is deleted.")
