"""Tools: what may be called, what the project stores of it, and a call by hand."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from plait.cli.files import read_input
from plait.cli.output import AsJson, console, show_json, show_table
from plait.cli.remote import Refused, connected

commands = typer.Typer(no_args_is_help=True, help="Tools: functions of workers, requests, OpenAPI, MCP servers.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A tool, or what it was stored as.")]
Environment = Annotated[str, typer.Option(help="Whose secrets are used.")]
MATCH = {"if-match": "*"}


@commands.command("list")
def list_tools(
    kind: Annotated[str | None, typer.Option(help="function, http, openapi, mcp or workflow.")] = None,
    q: Annotated[str | None, typer.Option("--query", "-q", help="In the name or the description.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What nodes and agents may call."""
    with connected() as api:
        page = api.get("/tools", kind=kind, q=q)
    if as_json:
        show_json(page)
        return
    show_table(
        ("TOOL", "KIND", "TAKES", "DOES"),
        (
            (escape(item["name"]), kind_text(item), escape(arguments_of(item)), escape(first_line(item["description"])))
            for item in page["items"]
        ),
        empty="There is no tool like that.",
    )


@commands.command()
def show(name: Name, *, as_json: AsJson = False) -> None:
    """A tool with its schemas, or what is stored with all of its tools."""
    with connected() as api:
        found = api.get(f"/tools/{name}")
        users = api.get(f"/tools/{name}/used_by")["items"]
    if as_json:
        show_json({**found, "used_by": users})
        return
    say_tools(found)
    if users:
        used = ", ".join(f"{each['type']} {each['name']}" for each in users)
        console.print(f"Used by {used}.", markup=False)
    if len(found["tools"]) == 1:
        console.print_json(orjson.dumps(found["tools"][0]["parameters"]).decode())


@commands.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called; its tools are NAME.OPERATION.")],
    file: Annotated[Path | None, typer.Argument(help="All that is said of it, as YAML or JSON.")] = None,
    openapi: Annotated[str | None, typer.Option(help="An OpenAPI document: a file, or the URL where it is.")] = None,
    mcp: Annotated[str | None, typer.Option(help="The URL of an MCP server.")] = None,
    server: Annotated[str | None, typer.Option(help="Where calls of an OpenAPI document go.")] = None,
    bearer: Annotated[str | None, typer.Option(metavar="SECRET", help="The secret that is the bearer token.")] = None,
    include: Annotated[list[str] | None, typer.Option(help="Only these operations, as create_*; repeatable.")] = None,
    environment: Environment = "dev",
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Say anew what is stored by this name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show its tools, and store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Store a request, an OpenAPI document or an MCP server as tools."""
    source = source_of(file, openapi, mcp)
    more = {"server": server, "include": include, "auth": {"bearer": f"{{{{ secrets.{bearer} }}}}"} if bearer else None}
    order = {
        "source": source | {field: value for field, value in more.items() if value is not None},
        "environment": environment,
    }
    with connected() as api:
        if replace and not dry_run:
            made = api.send("PUT", f"/tools/{name}", content=orjson.dumps(order), headers=MATCH)
        else:
            made = api.post("/tools", {"name": name, **order}, **({"dry_run": "true"} if dry_run else {}))
    if as_json:
        show_json(made)
    else:
        say_tools(made)


@commands.command()
def refresh(name: Name, environment: Environment = "dev", *, as_json: AsJson = False) -> None:
    """Ask its server again what it offers."""
    with connected() as api:
        found = api.post(f"/tools/{name}/refresh", {"environment": environment})
    if as_json:
        show_json(found)
    else:
        say_tools(found)


@commands.command("test")
def call(
    name: Name,
    args: Annotated[str, typer.Option("--args", "-a", help="A JSON file, JSON text, or - for stdin.")] = "{}",
    environment: Environment = "dev",
    *,
    as_json: AsJson = False,
) -> None:
    """Call it once, by a worker, for real."""
    with connected() as api:
        said = api.post(f"/tools/{name}/test", {"args": read_input(args), "environment": environment})
    if as_json:
        show_json(said)
    elif said["ok"]:
        console.print_json(orjson.dumps(said["result"]).decode())
        console.print(f"{said['seconds']:.3f} s")
    if not said["ok"]:
        if not as_json:
            console.print(f"{said['error']['type']}: {said['error']['message']}", style="red", markup=False)
        raise typer.Exit(1)


@commands.command()
def delete(name: Name) -> None:
    """Delete what is stored, with all of its tools."""
    with connected() as api:
        api.send("DELETE", f"/tools/{name}", headers=MATCH)
    console.print(f"Deleted {escape(name)}.")


def source_of(file: Path | None, openapi: str | None, mcp: str | None) -> dict[str, Any]:
    """What is said of it, whichever way."""
    if sum(each is not None for each in (file, openapi, mcp)) != 1:
        raise refused("Say what it is: a FILE, --openapi or --mcp.")
    if mcp is not None:
        return {"kind": "mcp", "url": mcp}
    if openapi is not None and openapi.startswith(("http://", "https://")):
        return {"kind": "openapi", "url": openapi}
    if openapi is not None:
        return {"kind": "openapi", "document": text_of(Path(openapi))}
    assert file is not None, "one of them was said"
    return read_source(text_of(file), file)


def read_source(text: str, file: Path) -> dict[str, Any]:
    """A source that was written as YAML or JSON."""
    from interpreter.document.yaml import scan

    scanned = scan(text)
    if scanned.problems or not isinstance(scanned.value, dict):
        why = scanned.problems[0].message if scanned.problems else "It is no object."
        raise refused(f"{file} cannot be read: {why}")
    return scanned.value


def text_of(file: Path) -> str:
    """A file's text."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refused(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from None


def refused(sentence: str) -> Refused:
    """What was typed cannot be so."""
    return Refused({"code": "request_invalid", "detail": sentence})


def say_tools(found: dict[str, Any]) -> None:
    """The tools, a line each, and what cannot be one."""
    for each in found["tools"]:
        does = first_line(each["description"])
        console.print(f"[bold]{escape(each['name'])}[/]({escape(arguments_of(each))}) {escape(does)}".rstrip())
    for each in (found["stored"] or {}).get("skipped", ()):
        console.print(f"[yellow]skipped[/] {escape(each['name'])}: {escape(each['reason'])}")


def kind_text(tool: dict[str, Any]) -> str:
    """The kind; a function that no worker offers now waits for one."""
    return tool["kind"] if tool["running"] else f"[yellow]{tool['kind']}, not running[/]"


def arguments_of(tool: dict[str, Any]) -> str:
    """The names of the arguments; those that may be left out with a question mark."""
    required = tool["parameters"].get("required", ())
    return ", ".join(name if name in required else f"{name}?" for name in tool["parameters"].get("properties", {}))


def first_line(text: str) -> str:
    """What it does in a line."""
    return text.partition("\n")[0][:80]
