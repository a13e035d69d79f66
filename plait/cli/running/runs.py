"""Starting runs, and looking at them."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from plait.cli.files import read_input
from plait.cli.output import (
    AsJson,
    console,
    duration_text,
    moment_text,
    money_text,
    show_json,
    show_line,
    show_table,
    status_text,
)
from plait.cli.remote import Remote, connected
from plait.cli.running import control, mending, reruns
from plait.cli.running.bulk import bulk
from plait.cli.running.timeline import show_timeline

commands = typer.Typer(no_args_is_help=True, help="Look at runs, follow them, control them.")
commands.command()(bulk)
for verb in control.VERBS:
    commands.command(verb.__name__.rstrip("_"))(verb)
for verb in (reruns.rerun, reruns.lineage, reruns.compare, reruns.retry_items):
    commands.command(verb.__name__.replace("_", "-"))(verb)
for verb in mending.MENDS:
    commands.command(verb.__name__)(verb)

RunId = Annotated[str, typer.Argument(help="The run's id.")]
Tokens = Annotated[
    bool | None,
    typer.Option(
        "--tokens/--no-tokens",
        help="Show what nodes say while they work; on a terminal that is so without asking.",
        show_default=False,
    ),
]


def run(
    workflow: Annotated[str, typer.Argument(metavar="REF", help="The workflow's slug or id.")],
    input_: Annotated[str | None, typer.Option("--input", "-i", help="A JSON file, JSON text, or - for stdin.")] = None,
    key: Annotated[str | None, typer.Option(help="Business key: one open run a workflow and key.")] = None,
    version: Annotated[int | None, typer.Option(help="A version other than the one that the environment runs.")] = None,
    env: Annotated[str | None, typer.Option("--env", help="The environment; dev if left out.")] = None,
    breakpoints: Annotated[
        list[str] | None,
        typer.Option("--breakpoint", "-b", metavar="ID", help="Stop before this node; may be repeated."),
    ] = None,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Stop before each node.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show the run's events until it ends.")] = False,
    tokens: Tokens = None,
    as_json: AsJson = False,
) -> None:
    """Start a run of a stored workflow."""
    body: dict[str, Any] = {"input": read_input(input_)}
    body |= {
        name: value
        for name, value in (("key", key), ("version", version), ("environment", env), ("breakpoints", breakpoints))
        if value is not None
    }
    if debug:
        body["debug"] = True
    with connected() as api:
        started = api.post(f"/workflows/{workflow}/run", body)
        if follow:
            finish(api, started["id"], as_json=as_json, tokens=tokens)
        elif as_json:
            show_json(started)
        else:
            console.print(f"Started run [bold]{started['id']}[/] of {started['workflow']['slug']}.")
            console.print(f"Follow it: plait runs tail {started['id']}")


@commands.command("list")
def list_runs(
    workflow: Annotated[str | None, typer.Option(help="Only runs of this workflow.")] = None,
    status: Annotated[str | None, typer.Option(help="Only runs with this status.")] = None,
    env: Annotated[str | None, typer.Option("--env", help="The environment; dev if left out, * for all.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """The newest runs."""
    with connected() as api:
        page = api.get("/workflow_runs", workflow=workflow, status=status, environment=env, limit=limit)
    if as_json:
        show_json(page)
        return
    show_table(
        ("RUN", "WORKFLOW", "STATUS", "CREATED", ""),
        (
            (
                item["id"],
                f"{item['workflow']['slug']} v{item['workflow']['version']}",
                status_text(item["status"]),
                moment_text(item["created_at"]),
                escape(item["message"]),
            )
            for item in page["items"]
        ),
        empty="No run matches." if workflow or status else "No runs yet. Start one: plait run REF --input FILE",
    )


@commands.command()
def show(run_id: RunId, *, as_json: AsJson = False) -> None:
    """One run with its nodes."""
    with connected() as api:
        found = api.get(f"/workflow_runs/{run_id}", include="nodes")
    if as_json:
        show_json(found)
    else:
        show_run(found)


@commands.command()
def tail(run_id: RunId, *, tokens: Tokens = None, as_json: AsJson = False) -> None:
    """The run's events, from the first, until it ends."""
    with connected() as api:
        finish(api, run_id, as_json=as_json, tokens=tokens)


def finish(api: Remote, run_id: str, *, as_json: bool, tokens: bool | None) -> None:
    """Follow a run to its end and show what came of it; exit code 1 unless it completed."""
    wants_words = console.is_terminal and not as_json if tokens is None else tokens
    events = api.events_and_words(run_id) if wants_words else api.events(run_id)
    if as_json:
        for event in events:
            show_line(event)
    else:
        show_timeline(with_waits(api, run_id, events))
    found = api.get(f"/workflow_runs/{run_id}", include="nodes")
    if as_json:
        show_line(found)
    else:
        show_run(found)
    if found["status"] != "completed":
        raise typer.Exit(1)


def with_waits(api: Remote, run_id: str, events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The run's events; between those that were and those to come it is said what the run waits for."""
    found = api.get(f"/workflow_runs/{run_id}")
    for event in events:
        yield event
        if "seq" not in event:
            continue
        if event["seq"] == found["last_seq"] and found["completed_at"] is None and found["waiting_for"]:
            console.print(found["message"], markup=False)
            for gate in (each["gate_id"] for each in found["waiting_for"] if each["gate_id"]):
                tell_how_to_decide(gate)
        elif event["seq"] > found["last_seq"] and event["type"] == "workflow.gate.opened":
            tell_how_to_decide(event["data"]["gate_id"])


def tell_how_to_decide(gate_id: str) -> None:
    """The command that answers a gate."""
    console.print(f"[bright_black]Answer it: plait gates approve {gate_id} (or reject)[/]")


def show_run(found: dict[str, Any]) -> None:
    """A run: what it is, its nodes, its output or error."""
    console.print(
        f"[bold]{found['workflow']['name']}[/] v{found['workflow']['version']}  {status_text(found['status'])}  "
        f"{found['completed_nodes']}/{found['total_nodes']} nodes  {duration_text(found['duration_ms'])}"
        + (f"  {cost}" if (cost := cost_text(found)) else "")
    )
    if found["message"]:
        console.print(found["message"], markup=False)
    for due in found["paused_before"]:
        console.print(f"Paused before {due['path']}: ", end="", markup=False)
        console.print(due["message"] or orjson.dumps(due["input"]).decode(), markup=False, highlight=False)
    nodes = found.get("nodes") or []
    costs = [cost_text(node) for node in nodes]
    show_table(
        ("NODE", "TYPE", "STATUS", "OUTCOME", "ATTEMPT", "DURATION", "COST" if any(costs) else ""),
        (
            (
                node["path"],
                node["type"],
                status_text(node["status"]),
                outcome_text(node),
                str(node["attempt"] or ""),
                duration_text(node["duration_ms"]),
                cost,
            )
            for node, cost in zip(nodes, costs, strict=True)
        ),
        empty=f"Its nodes are archived: plait restore --id {found['id']}"
        if "archived" in found["flags"]
        else "No node has started yet.",
    )
    if found["error"]:
        at = f" at {found['error']['path']}" if found["error"]["path"] else ""
        console.print(f"[red]{escape(found['error']['type'])}[/]{at}: ", end="")
        console.print(found["error"]["message"], markup=False)
    if found["output"] is not None:
        console.print_json(data=found["output"])


def cost_text(spent: dict[str, Any]) -> str:
    """What models took for a run or a node; nothing where none was paid for."""
    cost = spent["cost_usd"]
    if cost is None:
        return "cost unknown"
    return money_text(cost) if float(cost) else ""


def outcome_text(node: dict[str, Any]) -> str:
    """How a node ended; of one that did not run, why."""
    reason = (node["why"] or {}).get("reason")
    return str(reason).replace("_", " ") if reason else node["outcome"] or ""
