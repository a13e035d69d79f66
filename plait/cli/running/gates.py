"""The inbox of gates, and answering them."""

from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, moment_text, show_json, show_table, status_text
from plait.cli.remote import Refused, connected

commands = typer.Typer(no_args_is_help=True, help="See what waits for people, and answer it.")

GateId = Annotated[str, typer.Argument(help="The gate's id.")]
Comment = Annotated[str | None, typer.Option(help="A remark for the record.")]
Form = Annotated[str | None, typer.Option(help="The answers to the gate's form, as JSON.")]


@commands.command("list")
def list_gates(
    status: Annotated[str, typer.Option(help="open, approved, rejected, expired, cancelled.")] = "open",
    run: Annotated[str | None, typer.Option(help="Only gates of this run.")] = None,
    env: Annotated[str | None, typer.Option("--env", help="The environment; dev if left out, * for all.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Gates, the newest first."""
    with connected() as api:
        page = api.get("/gates", status=status, run_id=run, environment=env)
    if as_json:
        show_json(page)
        return
    show_table(
        ("GATE", "STATUS", "FOR", "DUE", "TITLE"),
        (
            (
                gate["id"],
                status_text(gate["status"]),
                escape(", ".join(gate["approvers"])),
                moment_text(gate["due_at"]),
                escape(gate["title"]),
            )
            for gate in page["items"]
        ),
        empty=f"No gate is {status}.",
    )


@commands.command("show")
def show_gate(gate_id: GateId, *, as_json: AsJson = False) -> None:
    """One gate: what it shows, its form and the votes so far."""
    with connected() as api:
        gate = api.get(f"/gates/{gate_id}")
    if as_json:
        show_json(gate)
        return
    console.print(f"[bold]{escape(gate['title'])}[/]  {status_text(gate['status'])}")
    if gate["instructions"]:
        console.print(gate["instructions"], markup=False)
    console.print(f"For {', '.join(gate['approvers'])}: {' or '.join(gate['outcomes'])}.", markup=False)
    for label, value in (
        *((each["label"], each["value"]) for each in gate["show"]),
        ("Form", gate["form_schema"]),
        ("Votes", gate["votes"] or None),
    ):
        if value is not None:
            console.print(f"{label}:", style="bold", markup=False)
            console.print(value, markup=False) if isinstance(value, str) else console.print_json(data=value)


@commands.command()
def approve(gate_id: GateId, comment: Comment = None, form: Form = None, *, as_json: AsJson = False) -> None:
    """Vote to approve."""
    decide(gate_id, "approved", comment, form, as_json=as_json)


@commands.command()
def reject(gate_id: GateId, comment: Comment = None, form: Form = None, *, as_json: AsJson = False) -> None:
    """Vote to reject."""
    decide(gate_id, "rejected", comment, form, as_json=as_json)


def decide(gate_id: str, decision: str, comment: str | None, form: str | None, *, as_json: bool) -> None:
    """Send a vote and show the gate as it then is."""
    body: dict[str, Any] = {"decision": decision}
    if comment is not None:
        body["comment"] = comment
    if form is not None:
        try:
            body["form"] = orjson.loads(form)
        except orjson.JSONDecodeError as error:
            raise Refused({"code": "input", "detail": f"--form is not JSON: {error}."}) from None
    with connected() as api:
        gate = api.post(f"/gates/{gate_id}/decisions", body)
    if as_json:
        show_json(gate)
    else:
        told = status_text(gate["status"])
        console.print(f"{escape(gate['title'])}: {told}" + (", your vote counts" if gate["status"] == "open" else ""))
