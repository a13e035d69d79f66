"""Webhook endpoints: who outside is told of what, and how that went."""

from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, moment_text, show_json, show_table, status_text
from plait.cli.remote import connected

commands = typer.Typer(no_args_is_help=True, help="Tell others what happens: webhooks out, chats, mail.")

EndpointId = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id.")]
Since = Annotated[str | None, typer.Option(help="All that failed since then: 2026-11-21T09:00:00Z.")]


@commands.command("list")
def list_endpoints(*, as_json: AsJson = False) -> None:
    """Endpoints, the newest first."""
    with connected() as api:
        page = api.get("/webhook_endpoints")
    if as_json:
        show_json(page)
        return
    show_table(
        ("ENDPOINT", "STATE", "KIND", "URL", "TYPES"),
        (
            (item["id"], state_of(item), item["kind"], escape(item["url"]), ", ".join(map(short, item["types"])))
            for item in page["items"]
        ),
        empty="Nobody is told yet: plait endpoints create URL --type run.failed.",
    )


@commands.command()
def create(
    url: Annotated[str, typer.Argument(help="https://…; a chat's incoming webhook; mailto:… for email.")],
    kind: Annotated[str | None, typer.Option(help="http, slack or email; mailto: addresses are email.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Of which events, as run.failed or gate.opened; may be repeated.")
    ] = None,
    workflow: Annotated[str | None, typer.Option(help="Only runs of this workflow.")] = None,
    environment: Annotated[str | None, typer.Option(help="Only runs in this environment.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    *,
    include_output: Annotated[
        bool, typer.Option("--include-output", help="Send outputs of completed runs too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have somebody told. The secret that signs the messages is shown once, here."""
    said = {
        "url": url,
        "kind": kind or ("email" if url.startswith("mailto:") else "http"),
        "types": [full(each) for each in types or ("run.failed",)],
        "workflow": workflow,
        "environment": environment,
        "description": description,
        "include": ["output"] if include_output else [],
    }
    with connected() as api:
        made = api.post("/webhook_endpoints", said)
    show_secret(made, f"Endpoint [bold]{made['id']}[/] is told of {', '.join(map(short, made['types']))}.", as_json)


@commands.command()
def show(endpoint_id: EndpointId, *, as_json: AsJson = False) -> None:
    """One endpoint."""
    with connected() as api:
        found = api.get(f"/webhook_endpoints/{endpoint_id}")
    if as_json:
        show_json(found)
        return
    workflow = found["workflow"]["slug"] if found["workflow"] else "all"
    console.print(f"[bold]{found['id']}[/] {state_of(found)} {found['kind']} {escape(found['url'])}")
    console.print(f"  types        {', '.join(map(short, found['types']))}")
    console.print(f"  workflow     {escape(workflow)}, environment {escape(found['environment'] or 'all')}")
    console.print(f"  given up     {found['given_up']} since the last that got through")


@commands.command()
def deliveries(
    endpoint_id: EndpointId,
    status: Annotated[str | None, typer.Option(help="pending, delivered, failed.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What it was sent, the newest first, and how the last attempt went."""
    with connected() as api:
        page = api.get(f"/webhook_endpoints/{endpoint_id}/deliveries", status=status)
    if as_json:
        show_json(page)
        return
    show_table(
        ("DELIVERY", "STATUS", "TRIES", "AT", "TYPE", "LAST"),
        (
            (
                item["id"],
                status_text(item["status"]),
                str(len(item["attempts"])),
                moment_text(item["created_at"]),
                short(item["type"]),
                escape(last_of(item)),
            )
            for item in page["items"]
        ),
        empty="It was sent nothing like that yet." if status else "It was sent nothing yet.",
    )


@commands.command()
def redeliver(
    endpoint_id: EndpointId,
    chosen: Annotated[list[str] | None, typer.Argument(metavar="DELIVERY...", help="Deliveries by id.")] = None,
    failed_since: Since = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Send deliveries again: some by id, or with --failed-since all that failed since then."""
    said = {"delivery_ids": chosen or [], "failed_since": failed_since}
    with connected() as api:
        found = api.post(f"/webhook_endpoints/{endpoint_id}/redeliver", said)
    say(found, f"{found['count']} begin again.", as_json)


@commands.command()
def rotate(endpoint_id: EndpointId, *, as_json: AsJson = False) -> None:
    """Change the secret; for a day the one before signs as well."""
    with connected() as api:
        made = api.post(f"/webhook_endpoints/{endpoint_id}/rotate")
    show_secret(made, f"The old secret signs as well until {moment_text(made['old_secret_until'])}.", as_json)


@commands.command("test")
def send_test(endpoint_id: EndpointId, *, as_json: AsJson = False) -> None:
    """Send a message that tells of nothing, to see whether it arrives."""
    with connected() as api:
        sent = api.post(f"/webhook_endpoints/{endpoint_id}/test")
    say(sent, f"Sent [bold]{sent['id']}[/]; see plait endpoints deliveries {endpoint_id}.", as_json)


@commands.command()
def enable(endpoint_id: EndpointId, *, as_json: AsJson = False) -> None:
    """Tell one again that was disabled."""
    switch(endpoint_id, on=True, as_json=as_json)


@commands.command()
def disable(endpoint_id: EndpointId, *, as_json: AsJson = False) -> None:
    """Tell it nothing until it is enabled."""
    switch(endpoint_id, on=False, as_json=as_json)


@commands.command()
def delete(endpoint_id: EndpointId) -> None:
    """Tell it nothing more, and forget its deliveries."""
    with connected() as api:
        api.send("DELETE", f"/webhook_endpoints/{endpoint_id}")
    console.print(f"Deleted {escape(endpoint_id)}.")


def switch(endpoint_id: str, *, on: bool, as_json: bool) -> None:
    """Enable or disable an endpoint."""
    body = orjson.dumps({"enabled": on})
    with connected() as api:
        found = api.send("PATCH", f"/webhook_endpoints/{endpoint_id}", content=body, headers={"if-match": "*"})
    say(found, f"{escape(endpoint_id)} is {'enabled' if on else 'disabled'}.", as_json)


def show_secret(made: dict[str, Any], sentence: str, as_json: bool) -> None:
    """An endpoint with its new secret."""
    say(made, f"{sentence}\nIts secret, shown once: [bold]{made['secret']}[/]", as_json)


def say(found: Any, sentence: str, as_json: bool) -> None:
    """The answer for machines, or a sentence for people."""
    if as_json:
        show_json(found)
    else:
        console.print(sentence)


def state_of(endpoint: dict[str, Any]) -> str:
    """Whether it is told, and if not, why."""
    if endpoint["enabled"]:
        return "[green]enabled[/]"
    return f"[red]{endpoint['disabled_reason'] or 'disabled'}[/]"


def last_of(delivery: dict[str, Any]) -> str:
    """How the last attempt went."""
    if not delivery["attempts"]:
        return ""
    last = delivery["attempts"][-1]
    return last["error"] or f"HTTP {last['status_code']}" if last["status_code"] or last["error"] else "taken"


def short(kind: str) -> str:
    """A type without what all of them begin with."""
    return kind.removeprefix("workflow.")


def full(kind: str) -> str:
    """A type as the API has it."""
    return kind if kind.startswith("workflow.") else f"workflow.{kind}"
