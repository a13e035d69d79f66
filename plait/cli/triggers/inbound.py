"""Sending external events to runs."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, moment_text, show_json
from plait.cli.remote import Refused, connected


def send(
    run_id: Annotated[
        str | None, typer.Argument(metavar="RUN", help="The run's id; whoever waits if left out.")
    ] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The name that an `event` node waits for.")] = None,
    named: Annotated[str | None, typer.Option("--name", help="The same, where no run is said.")] = None,
    key: Annotated[str | None, typer.Option(help="What it is about, for nodes that wait for one key.")] = None,
    payload: Annotated[str | None, typer.Option(help="JSON text, or @ and a file with JSON.")] = None,
    sender_id: Annotated[
        str | None, typer.Option("--id", help="Your own id: sent again, it is no other event.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Deliver an external event to a run, or to whoever waits for it: plait send --name payment --key order-7."""
    if (name is None) == (named is None):
        raise Refused({"code": "input", "detail": "Say plait send RUN NAME, or plait send --name NAME."})
    said = {"name": name or named, "key": key, "id": sender_id, "payload": read_payload(payload)}
    with connected() as api:
        event = api.post("/inbound_events" if run_id is None else f"/workflow_runs/{run_id}/inbound_events", said)
    if as_json:
        show_json(event)
    else:
        console.print(f"Event [bold]{event['id']}[/] ({escape(event['name'])}) {standing_text(event)}.")


def standing_text(event: dict[str, Any]) -> str:
    """What became of it."""
    match event["status"]:
        case "delivered":
            runs = event["run_ids"]
            return f"went to {len(runs)} run{'s' if len(runs) > 1 else ''}: {', '.join(runs)}"
        case "waiting":
            return f"waits until {moment_text(event['until'])} for a run that listens"
        case status:
            return f"is {status}"


def read_payload(given: str | None) -> Any:
    """The payload from JSON text or from a file; null without one."""
    if given is None:
        return None
    if given.startswith("@"):
        path = Path(given.removeprefix("@"))
        if not path.is_file():
            raise Refused(
                {"code": "input", "detail": f"There is no file {path}; give --payload JSON, or @ and a file."}
            )
        given = path.read_text()
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise Refused({"code": "input", "detail": f"--payload is not JSON: {error}."}) from None
