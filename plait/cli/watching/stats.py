"""How runs, nodes and gates went, as the API has added it up; and adding it up anew."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import typer
from rich.progress import Progress

from plait.cli.output import AsJson, console, duration_text, show_json, show_line, show_table
from plait.cli.remote import connected
from plait.clock import now, rfc3339
from plait.errors import NotReady

commands = typer.Typer(invoke_without_command=True, help="How runs went: success, lengths, waiting, cost.")
What = Literal["runs", "nodes", "gates", "agents", "cost"]


@commands.callback()
def stats(
    context: typer.Context,
    what: Annotated[What, typer.Option(help="What is looked at.")] = "runs",
    workflow: Annotated[str | None, typer.Option(help="Only this workflow.")] = None,
    environment: Annotated[str, typer.Option(help="Only this environment; * is all of them.")] = "dev",
    days: Annotated[int, typer.Option(min=1, max=3650, help="So many days, up to now.")] = 30,
    *,
    as_json: AsJson = False,
) -> None:
    """How runs went in the last days; of runs by workflow."""
    if context.invoked_subcommand is not None:
        return
    asked: dict[str, Any] = {"from": rfc3339(now() - timedelta(days=days)), "environment": environment}
    by = {"group_by": "workflow"} if what in ("runs", "cost") else {}
    with connected() as api:
        found = api.get(f"/analytics/{what}", **asked, workflow=workflow, **by)
    if as_json:
        show_json(found)
    else:
        heads = COLUMNS[what]
        rows = [(name_of(item), *(cell(item["figures"], column) for column in heads)) for item in found["items"]]
        heading = tuple(column.replace("_", " ").upper() for column in heads)
        show_table((SUBJECT[what], *heading), rows, empty=f"Nothing ended in the last {days} days.")


@commands.command()
def rebuild(
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; that of the oldest run.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Count every day anew, from the runs that are still there. It may be cut off and repeated.

    Days whose runs were purged are counted without them: give --from to leave such days as they are.
    """
    counted = asyncio.run(recount(first.replace(tzinfo=UTC) if first else None))
    if as_json:
        show_line({"days": counted})
    else:
        console.print(
            f"Counted {counted} {'day' if counted == 1 else 'days'} anew." if counted else "There are no runs to count."
        )


async def recount(first: datetime | None) -> int:
    """Every day from the first on, each in a transaction of its own; how many they were."""
    from plait.settings import Settings
    from plait.store import rollups
    from plait.store.pool import open_pool

    settings = Settings()
    if not settings.database_url:
        raise NotReady("PLAIT_DATABASE_URL is not set: name the database that the API uses.")
    pool = await open_pool(settings.database_url, size=2)
    try:
        start = first or await rollups.first_day(pool)
        days = rollups.days_from(start, now()) if start else []
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            for day in bar.track(days, description="days"):
                async with pool.acquire() as connection:
                    await rollups.recount_day(connection, day)
    finally:
        await pool.close()
    return len(days)


SUBJECT = {"runs": "WORKFLOW", "nodes": "NODE", "gates": "GATE", "agents": "AGENT", "cost": "WORKFLOW"}
COLUMNS: dict[What, tuple[str, ...]] = {
    "runs": ("ended", "success_rate", "failed", "failed_business", "cancelled", "p50", "p95"),
    "nodes": ("ended", "success_rate", "failed", "failed_business", "retries", "p50", "p95"),
    "gates": ("closed", "p50", "p95"),
    "agents": ("ended", "success_rate", "retries", "cost_usd", "p50", "p95"),
    "cost": ("cost_usd", "unknown", "input_tokens", "output_tokens"),
}


def name_of(item: dict[str, Any]) -> str:
    """What a group is of."""
    workflow = item["workflow"] and (item["workflow"]["slug"] or item["workflow"]["id"])
    return " ".join(filter(None, (workflow, item["node"], item["agent"], item["model"])))


def cell(figures: dict[str, Any], column: str) -> str:
    """A figure as people read it."""
    if column in ("p50", "p95"):
        lengths = figures["duration_ms"] if "duration_ms" in figures else figures["waiting_ms"]
        return duration_text(lengths and lengths[column])
    value = figures[column]
    if column == "success_rate":
        return "-" if value is None else f"{value:.1%}"
    return str(value)
