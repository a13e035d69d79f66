"""What happens to all runs of the project, as it happens."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape

from plait.cli.output import AsJson, console, moment_text, show_json, show_line
from plait.cli.remote import Remote, connected
from plait.errors import NotReady

commands = typer.Typer(no_args_is_help=True, help="Follow what happens to all runs.")
WAIT_SECONDS = 20


@commands.command()
def watch(
    after: Annotated[int | None, typer.Option(min=0, help="Begin behind this position; without it, now.")] = None,
    types: Annotated[str | None, typer.Option(help="Only these types, separated by commas.")] = None,
    workflow: Annotated[str | None, typer.Option(help="Only runs of this workflow.")] = None,
    environment: Annotated[str, typer.Option(help="Only runs in this environment; * is all.")] = "dev",
    *,
    once: Annotated[bool, typer.Option("--once", help="Show what is there, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show events of runs and gates as they happen, until Ctrl-C."""
    with connected() as api:
        asked = {"types": types, "workflow": workflow, "environment": environment}
        start = after if after is not None else 0 if once else last_position(api)
        for event in events(api, start, asked, once=once):
            show_line(event) if as_json else console.print(line_of(event))


@commands.command()
def rebuild(*, as_json: AsJson = False) -> None:
    """Make the feed anew from the events of the runs. It reads PLAIT_DATABASE_URL; runs go on meanwhile."""
    import asyncpg

    from plait.settings import Settings
    from plait.store import feed

    dsn = Settings().database_url
    if not dsn:
        raise NotReady("PLAIT_DATABASE_URL is not set: name the database, postgresql://plait_app:…@host/plait.")

    async def rebuild_it() -> int:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            return await feed.rebuild(connection)
        finally:
            await connection.close()

    count = asyncio.run(rebuild_it())
    if as_json:
        show_json({"events": count})
    else:
        console.print(f"The API moves {count} events again. Who reads on gets them once more, under new positions.")


def last_position(api: Remote) -> int:
    """Where the feed ends now."""
    # A type that no event has skips over all there is.
    return api.get("/feed", types="none")["next_after"]


def events(api: Remote, after: int, asked: dict[str, Any], *, once: bool) -> Iterator[dict[str, Any]]:
    """The events behind a position: those there are, and those to come."""
    while True:
        page = api.get("/feed", **asked, after=after, limit=500, wait=None if once else WAIT_SECONDS)
        yield from page["items"]
        if once and page["next_after"] == after:
            return
        after = page["next_after"]


def line_of(event: dict[str, Any]) -> str:
    """An event in one line."""
    about = event["data"].get("title") or event["data"].get("outcome") or ""
    where = f" {escape(event['path'])}" if event["path"] else ""
    what = event["type"].removeprefix("workflow.")
    told = f" {escape(str(about))}" if about else ""
    return (
        f"[bright_black]{event['position']:>7} {moment_text(event['time'])}[/] {what:<16} "
        f"[bold]{escape(event['workflow']['slug'])}[/] {event['run_id']}{where}{told}"
    )
