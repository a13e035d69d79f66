"""Models: providers, what aliases stand for, and what is usable now."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, show_json, show_table
from plait.cli.remote import Refused, connected

commands = typer.Typer(no_args_is_help=True, help="Models: providers, aliases such as fast and smart, prices.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The provider or alias.")]


@commands.command("list")
def list_models(*, as_json: AsJson = False) -> None:
    """The aliases and providers that workflows and agents may name, and which are usable now."""
    with connected() as api:
        found = api.get("/models")
    if as_json:
        show_json(found)
        return
    show_table(
        ("ALIAS", "STANDS FOR", "USABLE"),
        ((each["name"], escape(each["model"]), usable_text(each)) for each in found["aliases"]),
        empty="No alias yet. Say one: plait models alias fast openai:gpt-4.1-mini",
    )
    console.print()
    show_table(
        ("PROVIDER", "PROTOCOL", "ADDRESS", "SECRET", "A MINUTE", "USABLE"), map(provider_row, found["items"]), empty=""
    )


def provider_row(provider: dict[str, Any]) -> tuple[str, ...]:
    """A provider as the table has it."""
    limits = (
        f"{provider[field]:,} {what}"
        for field, what in (("requests_per_minute", "requests"), ("tokens_per_minute", "tokens"))
        if provider[field]
    )
    address = provider["base_url"] or ("in the worker" if provider["kind"] == "local" else "the usual")
    return (
        provider["name"],
        provider["kind"],
        escape(address),
        provider["secret"] or "-",
        ", ".join(limits) or "-",
        usable_text(provider),
    )


def usable_text(shown: dict[str, Any]) -> str:
    """Whether it can be asked now, and why not."""
    return "[green]yes[/]" if shown["usable"] else f"[yellow]no[/]: {escape(shown['why_not'])}"


@commands.command("set")
def set_provider(
    name: Name,
    kind: Annotated[
        str | None, typer.Option(help="The protocol: openai (also of compatible servers), anthropic, google.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Where it answers: https://…/v1.")] = None,
    secret: Annotated[str | None, typer.Option(help="The name of the workers' secret with the key.")] = None,
    requests: Annotated[int | None, typer.Option(help="Requests a minute that it lets through.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Tokens a minute that it lets through.")] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL=IN/OUT", help="US dollars a million tokens, as llama-3=0.20/0.60; repeatable."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Store a provider, or say one anew. What is left out stays as it is."""
    said = {
        "kind": kind,
        "base_url": base_url,
        "secret": secret,
        "requests_per_minute": requests,
        "tokens_per_minute": tokens,
    }
    prices = dict(price_in(each) for each in price or ())

    def changed(found: dict[str, Any] | None) -> dict[str, Any]:
        known = found or {"kind": "openai"}
        kept = {field: known.get(field) if value is None else value for field, value in said.items()}
        return {**kept, "prices": {**known.get("prices", {}), **prices}}

    with connected() as api:
        stored = api.edit(f"/models/providers/{name}", changed)
    if as_json:
        show_json(stored)
    else:
        console.print(f"{name} is stored. Usable: {usable_text(stored)}")


def price_in(text: str) -> tuple[str, dict[str, str]]:
    """`MODEL=IN/OUT` or `MODEL=IN/OUT/CACHED` as the API takes it."""
    model, said, dollars = text.rpartition("=")
    parts = dollars.split("/")
    if not said or len(parts) not in (2, 3):
        raise Refused({"code": "input", "detail": f"{text!r} is no price: write MODEL=IN/OUT, as llama-3=0.20/0.60."})
    return model, dict(zip(("input", "output", "cached_input"), parts, strict=False))


@commands.command("alias")
def set_alias(
    name: Name,
    model: Annotated[str, typer.Argument(help="What it stands for: openai:gpt-4.1-mini.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Have an alias stand for a model. Runs that have started keep what it stood for."""
    with connected() as api:
        stored = api.edit(f"/models/aliases/{name}", lambda _: {"model": model})
    if as_json:
        show_json(stored)
    else:
        console.print(f"{name} is {escape(model)} now. Usable: {usable_text(stored)}")


@commands.command()
def delete(
    name: Name,
    *,
    alias: Annotated[bool, typer.Option("--alias", help="NAME is an alias, and no provider.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a provider, or an alias, of the project's own that nothing names."""
    with connected() as api:
        api.send("DELETE", f"/models/{'aliases' if alias else 'providers'}/{name}")
    if as_json:
        show_json({"name": name, "deleted": True})
    else:
        console.print(f"The {'alias' if alias else 'provider'} {name} is forgotten.")
