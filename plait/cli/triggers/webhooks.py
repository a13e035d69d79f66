"""Messages of other services that start runs, or are events."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.files import read_input
from plait.cli.output import AsJson, console, moment_text, show_json, show_table
from plait.cli.remote import Refused, connected

commands = typer.Typer(no_args_is_help=True, help="Let other services start workflows.")

WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook trigger's id.")]


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    verify: Annotated[str, typer.Option(help="standard, github, stripe, slack or token; or JSON with its fields.")],
    start: Annotated[str | None, typer.Option(metavar="REF", help="The workflow that each message starts.")] = None,
    event: Annotated[str | None, typer.Option(metavar="NAME", help="Or the event that each message is.")] = None,
    input_: Annotated[
        str | None,
        typer.Option(
            "--input", "-i", help="The run's input or event's payload: JSON with {{ body.x }}; the whole body."
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="The business key or event's key: '{{ body.order }}'.")] = None,
    when: Annotated[str | None, typer.Option(help="Only messages for which this is true: 'body.paid'.")] = None,
    env: Annotated[str, typer.Option("--env", help="The environment.")] = "dev",
    secret: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Signed with the API's PLAIT_SECRET_<NAME>; one is made if left out."),
    ] = None,
    *,
    empty: Annotated[bool, typer.Option("--empty", help="Answer with nothing instead of the run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an address for a service: plait webhooks create Pushes --verify github --start build."""
    body = {"name": name, "verify": verify_of(verify), "secrets": secret or [], "when": when}
    body |= {"respond": "empty" if empty else "run", **action_of(start, event, input_, key, env)}
    with connected() as api:
        made = api.post("/webhook_triggers", body)
    if as_json:
        show_json(made)
        return
    console.print(f"Created webhook [bold]{made['id']}[/].")
    console.print(f"Address: {made['url']}")
    if made["secret"] is not None:
        console.print(f"Secret:  {made['secret']}")
    console.print("Neither is shown again.")


@commands.command("list")
def list_webhooks(*, as_json: AsJson = False) -> None:
    """Webhook triggers, the newest first."""
    with connected() as api:
        page = api.get("/webhook_triggers")
    if as_json:
        show_json(page)
        return
    show_table(
        ("WEBHOOK", "VERIFY", "DOES", "", "NAME"),
        (
            (
                item["id"],
                item["verify"]["scheme"],
                escape(action_text(item)),
                "" if item["enabled"] else "[yellow]off[/]",
                escape(item["name"]),
            )
            for item in page["items"]
        ),
        empty="No webhooks yet. Create one: plait webhooks create NAME --verify standard --start REF",
    )


@commands.command()
def show(webhook_id: WebhookId, *, as_json: AsJson = False) -> None:
    """One webhook trigger, and what came in by it."""
    with connected() as api:
        found = api.get(f"/webhook_triggers/{webhook_id}")
        came = api.get(f"/webhook_triggers/{webhook_id}/deliveries", limit=20)["items"]
    if as_json:
        show_json(found | {"deliveries": came})
        return
    console.print(f"[bold]{escape(found['name'])}[/] ({found['verify']['scheme']}) {escape(action_text(found))}")
    if found["when"]:
        console.print(f"When: {escape(found['when'])}")
    show_table(
        ("CAME", "RESULT", "SENDER'S ID", "RUN OR EVENT", ""),
        (
            (
                moment_text(each["at"]),
                each["result"],
                escape(each["sender_id"] or "-"),
                each["run_id"] or each["event_id"] or "-",
                escape(each["message"] or ""),
            )
            for each in came
        ),
        empty="Nothing came in during the last week.",
    )


@commands.command()
def rotate(webhook_id: WebhookId, *, as_json: AsJson = False) -> None:
    """Make a new secret. The one before it holds for 24 hours."""
    with connected() as api:
        made = api.post(f"/webhook_triggers/{webhook_id}/rotate")
    if as_json:
        show_json(made)
    else:
        console.print(f"Secret: {made['secret']}")
        console.print(f"It is not shown again. The one before it holds until {moment_text(made['until'])}.")


@commands.command()
def delete(webhook_id: WebhookId, *, as_json: AsJson = False) -> None:
    """Delete a webhook trigger. Nothing comes in by its address any more."""
    with connected() as api:
        api.send("DELETE", f"/webhook_triggers/{webhook_id}")
    if as_json:
        show_json({"id": webhook_id, "deleted": True})
    else:
        console.print(f"Deleted webhook {webhook_id}.")


def verify_of(given: str) -> Any:
    """A scheme by its name, or with its fields as JSON."""
    return read_input(given) if given.lstrip().startswith("{") else given


def action_of(start: str | None, event: str | None, given: str | None, key: str | None, env: str) -> dict[str, Any]:
    """What each message does."""
    if (start is None) == (event is None):
        raise Refused({"code": "input", "detail": "Say either --start REF or --event NAME."})
    said: dict[str, Any] = {} if key is None else {"key": key}
    if start is not None:
        said |= {"workflow": start, "environment": env} | ({} if given is None else {"input": read_input(given)})
        return {"start": said}
    return {"deliver": said | {"name": event} | ({} if given is None else {"payload": read_input(given)})}


def action_text(found: dict[str, Any]) -> str:
    """`starts build`, `is the event paid`."""
    if found["start"] is not None:
        return f"starts {found['start']['workflow']}"
    return f"is the event {found['deliver']['name']}"
