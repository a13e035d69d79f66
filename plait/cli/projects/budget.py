"""What the project may spend in a month."""

from typing import Annotated, Any

import typer

from plait.cli.output import AsJson, console, money_text, show_json
from plait.cli.remote import connected

ADDRESS = "/projects/default/budgets"
KEPT = ("cost_usd", "tokens", "alert_at")
NO_LIMIT: dict[str, Any] = {"cost_usd": None, "tokens": None, "alert_at": []}


def budget(
    cost_usd: Annotated[str | None, typer.Option(help="US dollars a month.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Tokens a month, in and out.")] = None,
    alert_at: Annotated[
        list[float] | None, typer.Option(help="A share of a limit at which the feed tells; may be given again.")
    ] = None,
    *,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Take all limits away first.")] = False,
    as_json: AsJson = False,
) -> None:
    """What the project may spend in this month, and has. With options: set it; what they leave out stays."""
    said = {"cost_usd": cost_usd, "tokens": tokens, "alert_at": alert_at or None}
    changes = {name: value for name, value in said.items() if value is not None}
    with connected() as api:
        if changes or no_limit:
            found = api.edit(ADDRESS, lambda before: kept_of(NO_LIMIT if no_limit else before) | changes)
        else:
            found = api.get(ADDRESS)
    if as_json:
        show_json(found)
    else:
        console.print(told(found), markup=False, highlight=False)


def kept_of(found: dict[str, Any]) -> dict[str, Any]:
    """What is set of a budget."""
    return {name: found[name] for name in KEPT}


def told(found: dict[str, Any]) -> str:
    """The budget as sentences."""
    spent = sum(found["spent_tokens"].values())
    dollars = "" if found["cost_usd"] is None else f" of {money_text(found['cost_usd'])}"
    tokens = "" if found["tokens"] is None else f" of {found['tokens']:,}"
    lines = [f"In {found['month']}: {money_text(found['spent_usd'])}{dollars} and {spent:,}{tokens} tokens."]
    if found["unknown_costs"]:
        lines.append(f"What {found['unknown_costs']} calls cost is not known.")
    if found["cost_usd"] is None and found["tokens"] is None:
        lines.append("There is no limit: plait budget --cost-usd 200 sets one.")
    return "\n".join(lines)
