"""Environments from the command line: what runs where, promoting it, and the variables."""

from typing import Annotated, Any
from urllib.parse import quote

import orjson
import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, moment_text, show_json, show_table, status_text
from plait.cli.remote import connected

variables = typer.Typer(no_args_is_help=True, help="The variables of environments, which documents read as env.NAME.")
workflows = typer.Typer(no_args_is_help=True, help="What environments run of a workflow.")

Ref = Annotated[str, typer.Argument(metavar="REF", help="The workflow's slug or id.")]
Environment = Annotated[str, typer.Option("--env", help="The environment.")]
Name = Annotated[str, typer.Argument(help="The variable's name.")]


def promote(
    ref: Ref,
    to: Annotated[str, typer.Option("--to", help="The environment that is to run it.")],
    version: Annotated[int | None, typer.Option(help="The newest if left out; an earlier one rolls back.")] = None,
    expect: Annotated[int | None, typer.Option(help="Refuse if the environment runs another version by now.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the history.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Have an environment run a version. A protected one asks its approvers first."""
    said = {"version": version, "expect_version": expect, "reason": reason}
    body = {"environment": to} | {name: value for name, value in said.items() if value is not None}
    with connected() as api:
        promotion = api.post(f"/workflows/{ref}/promote", body)
    if as_json:
        show_json(promotion)
        return
    for warning in promotion["warnings"]:
        console.print(f"[yellow]warning[/]: {escape(warning['message'])}")
    name = f"{promotion['workflow']} version {promotion['version']}"
    if promotion["status"] == "waiting":
        console.print(f"{name} waits for the approvers of {to}: plait gates list --run {promotion['run_id']}")
    else:
        console.print(f"{to} runs {name}.")


@workflows.command()
def history(ref: Ref, *, as_json: AsJson = False) -> None:
    """What each environment runs, and the promotions that led there, newest first."""
    with connected() as api:
        found = api.get(f"/workflows/{ref}/environments", limit=200)
    if as_json:
        show_json(found)
        return
    show_table(
        ("ENVIRONMENT", "RUNS", "SINCE", "BY"), map(environment_row, found["environments"]), empty="No environment."
    )
    console.print()
    show_table(
        ("WHEN", "ENVIRONMENT", "VERSION", "STATUS", "BY", "REASON"),
        map(promotion_row, found["items"]),
        empty=f"Nothing was promoted yet. Promote it: plait promote {ref} --to ENVIRONMENT",
    )


def environment_row(environment: dict[str, Any]) -> tuple[str, ...]:
    """One environment and what it runs."""
    pointer = environment["runs"]
    if pointer is None:
        return environment["name"], "nothing", "", ""
    followed = " (the newest)" if environment["follows_newest"] else ""
    at, by = moment_text(pointer["at"]), escape(pointer["by"]["name"])
    return environment["name"], f"version {pointer['version']}{followed}", at, by


def promotion_row(promotion: dict[str, Any]) -> tuple[str, ...]:
    """One promotion of the history."""
    before = f"{promotion['previous'] or '-'} -> {promotion['version']}"
    why = promotion["refusal"] or promotion["reason"] or ""
    return (
        moment_text(promotion["at"]),
        promotion["environment"],
        before,
        status_text(promotion["status"]),
        escape(promotion["by"]["name"]),
        escape(why),
    )


@variables.command("list")
def list_variables(env: Environment = "dev", *, as_json: AsJson = False) -> None:
    """The variables of an environment, and the workflows that read them."""
    with connected() as api:
        found = api.get(f"/environments/{quote(env, safe='')}/variables")
    if as_json:
        show_json(found)
        return
    show_table(
        ("NAME", "VALUE", "SET", "BY", "READ BY"),
        (
            (
                each["name"],
                escape(orjson.dumps(each["value"]).decode()),
                moment_text(each["at"]),
                escape(each["by"]["name"]),
                ", ".join(reader["workflow"] for reader in each["read_by"]),
            )
            for each in found["items"]
        ),
        empty=f"No variable is set in {env}. Set one: plait env set NAME VALUE --env {env}",
    )


@variables.command("set")
def set_variable(
    name: Name,
    value: Annotated[str, typer.Argument(help="true, false and numbers are read as such, all else is text.")],
    env: Environment = "dev",
    *,
    text: Annotated[bool, typer.Option("--text", help="The value is text, whatever it looks like.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set a variable. Runs that have started keep what they had."""
    body = {"value": value if text else value_of(value)}
    with connected() as api:
        stored = api.edit(address_of(env, name), lambda _: body)
    if as_json:
        show_json(stored)
    else:
        console.print(f"{name} is set in {env}.")


@variables.command("unset")
def unset_variable(name: Name, env: Environment = "dev", *, as_json: AsJson = False) -> None:
    """Unset a variable that nothing there needs."""
    with connected() as api:
        api.send("DELETE", address_of(env, name))
    if as_json:
        show_json({"environment": env, "name": name, "set": False})
    else:
        console.print(f"{name} is not set in {env} any more.")


def address_of(environment: str, name: str) -> str:
    """Where a variable is."""
    return f"/environments/{quote(environment, safe='')}/variables/{quote(name, safe='')}"


def value_of(text: str) -> str | int | float | bool:
    """A number, true or false where the text is one in JSON."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if isinstance(value, bool | int | float) else text
