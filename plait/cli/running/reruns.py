"""Reruns from the command line: begun, foreseen, listed, compared; the failed items of a map tried again."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.files import read_input
from plait.cli.output import AsJson, console, duration_text, moment_text, show_json, show_table, status_text
from plait.cli.remote import connected
from plait.cli.running.control import RunId

From = Annotated[str, typer.Option("--from", help="start, failure, or the paths of nodes, such as score,each.3.check.")]
ACTIONS = {"reused": "green", "runs": "cyan", "depends": "yellow", "overridden": "magenta"}


def rerun(
    run_id: RunId,
    from_: From,
    input_: Annotated[
        str | None, typer.Option("--input", "-i", help="Another input: a JSON file, JSON text, or - for stdin.")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Another version than the run's.")] = None,
    overrides: Annotated[
        str | None, typer.Option(help='{PATH: {"with": …} | {"output": …} | {"skip": true}}, as --input.')
    ] = None,
    *,
    cancel_source: Annotated[bool, typer.Option("--cancel-source", help="Cancel the run first if it is live.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Begin nothing: say what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start a new run from this one; what is still good is not done again."""
    body: dict[str, Any] = {"from": from_ if from_ in {"start", "failure"} else from_.split(",")}
    body |= {"input": read_input(input_)} if input_ is not None else {}
    body |= {"version": version} if version is not None else {}
    body |= {"overrides": read_input(overrides)} if overrides is not None else {}
    body |= {"cancel_source": True} if cancel_source else {}
    with connected() as api:
        path = f"/workflow_runs/{run_id}/rerun"
        answer = api.post(path, body, preview="true") if preview else api.post(path, body)
    if as_json:
        show_json(answer)
    elif preview:
        _show_preview(answer)
    else:
        console.print(f"Started run [bold]{answer['id']}[/] from {run_id}.")
        console.print(f"Follow it: plait runs tail {answer['id']}")


def _show_preview(found: dict[str, Any]) -> None:
    show_table(
        ("NODE", "TYPE", "ACTION", "BECAUSE"),
        (
            (
                escape(node["path"]),
                node["type"],
                f"[{ACTIONS.get(node['action'], 'default')}]{node['action']}[/]",
                escape(node["because"]),
            )
            for node in found["nodes"]
        ),
        empty="The version has no nodes.",
    )
    console.print(
        f"{found['reused']} reused, {found['runs']} run, {found['depends']} depend on what their inputs come to."
    )


def lineage(run_id: RunId, *, as_json: AsJson = False) -> None:
    """All reruns of the run that this one goes back to."""
    with connected() as api:
        found = api.get(f"/workflow_runs/{run_id}/lineage")
    if as_json:
        show_json(found)
        return
    show_table(
        ("RUN", "FROM", "VERSION", "STATUS", "CREATED", "BY"),
        (
            (
                "  " * run["depth"] + run["id"],
                ", ".join(run["from"]) if isinstance(run["from"], list) else run["from"] or "",
                f"v{run['version']}",
                status_text(run["status"]),
                moment_text(run["created_at"]),
                escape(run["started_by"]["name"]),
            )
            for run in found["runs"]
        ),
        empty="There is no such run.",
    )


def compare(
    run_id: RunId,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The other run's id.")],
    *,
    differing: Annotated[bool, typer.Option("--differing", help="Only the nodes that are not the same.")] = False,
    as_json: AsJson = False,
) -> None:
    """Two runs node by node: how each ended, and where their values part."""
    with connected() as api:
        found = compared(api.get, f"/workflow_runs/{run_id}/compare/{other}", differing=differing)
    if as_json:
        show_json(found)
        return
    show_table(
        ("NODE", "LEFT", "RIGHT", "INPUT", "OUTPUT", "LEFT TOOK", "RIGHT TOOK"),
        (
            (
                escape(node["path"]),
                _side(node["left"]),
                _side(node["right"]),
                _equal(node["input"]),
                _equal(node["output"]),
                duration_text((node["left"] or {}).get("duration_ms")),
                duration_text((node["right"] or {}).get("duration_ms")),
            )
            for node in found["items"]
        ),
        empty="Every node is the same in both.",
    )


def compared(get: Callable[..., Any], path: str, *, differing: bool) -> dict[str, Any]:
    """All pages of a comparison as one."""
    query: dict[str, Any] = {"limit": 200, **({"differing": "true"} if differing else {})}
    found = page = get(path, **query)
    while page["next_cursor"] is not None:
        page = get(path, **query, cursor=page["next_cursor"])
        found["items"] += page["items"]
    return found | {"next_cursor": None}


def _side(side: dict[str, Any] | None) -> str:
    if side is None:
        return "-"
    return status_text(side["status"]) + (" (reused)" if side["reused"] else "")


def _equal(value: dict[str, Any]) -> str:
    if value["equal"]:
        return "same"
    places = ", ".join(each["pointer"] or "all of it" for each in value["differences"][:3])
    return escape(places) or "differs"


def retry_items(
    run_id: RunId,
    path: Annotated[str, typer.Argument(help="The path of a held map.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "tried again from the command line",
    *,
    as_json: AsJson = False,
) -> None:
    """Try those items of a held map again that did not complete; the others keep their results."""
    with connected() as api:
        node = api.get(f"/workflow_runs/{run_id}/nodes/{path}")
        expect = {"status": "held", "attempt": node["attempt"]}
        body = {"expect": expect, "reason": reason}
        found = api.post(f"/workflow_runs/{run_id}/nodes/{path}/retry_items", body)
    if as_json:
        show_json(found)
    else:
        console.print(f"The items of {escape(path)} that did not complete run again.")
