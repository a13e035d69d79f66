"""Sending external events to runs."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused, connected


def send(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")],
    name: Annotated[str, typer.Argument(help="The name that the run's `event` node waits for.")],
    key: Annotated[str | None, typer.Option(help="What it is about, for nodes that wait for one key.")] = None,
    payload: Annotated[str | None, typer.Option(help="JSON text, or @ and a file with JSON.")] = None,
    sender_id: Annotated[
        str | None, typer.Option("--id", help="Your own id: sent again, it is no other event.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Deliver an external event to a run: plait send RUN payment --key order-7 --payload '{"amount": 12}'."""
    said = {"name": name, "key": key, "id": sender_id, "payload": read_payload(payload)}
    with connected() as api:
        event = api.post(f"/workflow_runs/{run_id}/inbound_events", said)
    if as_json:
        show_json(event)
    else:
        console.print(f"Event [bold]{event['id']}[/] ({escape(event['name'])}) is {event['status']}.")


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
