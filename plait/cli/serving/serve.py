"""The commands that run processes: the embedded stack, and each process of production by itself."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlsplit

import typer

from plait.cli.output import AsJson, console, show_json, show_line, show_table
from plait.errors import NotReady

if TYPE_CHECKING:
    from plait.dev.stack import Stack

T = TypeVar("T")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where everything is kept; ./.plait in a checkout.", show_default=False),
]

migrate_commands = typer.Typer(no_args_is_help=True, help="Move the database's schema up or down.")


def dev(
    data_dir: DataDir = None,
    port: Annotated[int, typer.Option(help="Where the API answers.")] = 8000,
    temporal_port: Annotated[int, typer.Option(help="Where Temporal answers.")] = 7233,
    ui_port: Annotated[int, typer.Option(help="Where Temporal's Web UI answers.")] = 8233,
    *,
    reload: Annotated[bool, typer.Option("--reload", help="Restart worker and API when their source changes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run everything on this machine, on loopback only, until Ctrl-C."""
    from plait.dev.directory import default_directory
    from plait.dev.reload import restart_on_change
    from plait.dev.stack import Options, running_stack

    directory = (data_dir or default_directory(Path.cwd(), os.environ)).resolve()
    report = reporter(as_json=as_json)

    async def serve() -> None:
        async with running_stack(Options(directory, port, temporal_port, ui_port), report) as stack:
            say_where(stack, as_json=as_json)
            await (restart_on_change(stack, report) if reload else asyncio.Event().wait())

    until_stopped(serve())


def say_where(stack: "Stack", *, as_json: bool) -> None:
    """The addresses of what now runs."""
    directory = stack.options.directory
    if as_json:
        show_line(
            {
                "ready": True,
                "url": stack.url,
                "temporal_ui": stack.ui_url,
                "data_dir": str(directory),
                "models": stack.models,
            }
        )
        return
    console.print("\n[bold green]Plait is running[/], open to this machine only and without a key. Ctrl-C stops it.")
    console.print(f"  API            {stack.url}/api/v1  (described by {stack.url}/api/v1/openapi.json)")
    console.print(f"  Temporal       {stack.ui_url}")
    console.print(f"  Models         {stack.models}", soft_wrap=True)
    console.print(f"  Data and logs  {directory}\n")


def api() -> None:
    """Run the API alone, as in production. It takes its settings from PLAIT_… variables."""
    from api.main import run_api
    from plait.settings import Settings

    run_api(Settings())


def worker(
    *,
    workflows: Annotated[bool, typer.Option("--workflows", help="Only interpret workflows.")] = False,
    activities: Annotated[bool, typer.Option("--activities", help="Only execute nodes.")] = False,
    combined: Annotated[bool, typer.Option("--combined", help="Both in one process (the default).")] = False,
) -> None:
    """Run a worker, as in production. It takes its settings from PLAIT_… variables."""
    from plait.settings import Settings
    from worker.main import run_worker

    if combined or workflows == activities:
        workflows = activities = True
    run_worker(Settings(), workflows=workflows, activities=activities)


@migrate_commands.command()
def up(*, as_json: AsJson = False) -> None:
    """Bring the database up to date, and make Temporal's namespace know Plait's search attributes."""
    from plait.settings import Settings
    from plait.store import migrate
    from plait.temporal import connect, prepare_namespace

    settings = Settings()

    async def bring_up() -> list[str]:
        applied = await migrate.up(owner_dsn(), app_password=urlsplit(settings.database_url).password)
        await prepare_namespace(await connect(settings))
        return applied

    applied = asyncio.run(bring_up())
    if as_json:
        show_json({"applied": applied})
    else:
        console.print(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.")


@migrate_commands.command()
def down(
    to: Annotated[int, typer.Argument(help="The version to go back to; 0 is an empty database.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Take migrations back, the newest first. Data of what is taken back is lost."""
    from plait.store import migrate

    undone = asyncio.run(migrate.down(owner_dsn(), to))
    if as_json:
        show_json({"undone": undone})
    else:
        console.print(f"Took back {', '.join(undone)}." if undone else f"The schema is already at {to}.")


@migrate_commands.command()
def status(*, as_json: AsJson = False) -> None:
    """Which migrations are applied, and which are missing."""
    from plait.store import migrate

    found = asyncio.run(migrate.status(owner_dsn()))
    if as_json:
        show_json(asdict(found))
    else:
        show_table(
            ("MIGRATION", "STATE"),
            [(name, "applied") for name in found.applied] + [(name, "missing") for name in found.pending],
            empty="There are no migrations.",
        )


def owner_dsn() -> str:
    """Migrations run as the owner and nobody else."""
    from plait.settings import Settings

    if dsn := Settings().database_owner_url:
        return dsn
    raise NotReady(
        "PLAIT_DATABASE_OWNER_URL is not set: name the database and its owner, postgresql://owner:…@host/plait."
    )


def reporter(*, as_json: bool) -> Callable[[str], None]:
    """Says what is being done: a grey line for people, an object for machines."""
    if as_json:
        return lambda sentence: show_line({"doing": sentence})
    return lambda sentence: console.print(f"[bright_black]{sentence}[/]")


def until_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    """Its result; None when SIGINT or SIGTERM cancelled it first. Either way it has closed all it opened.

    A second signal of the same kind ends the process at once.
    """

    async def supervise() -> T | None:
        task = asyncio.create_task(work)
        loop = asyncio.get_running_loop()

        def stop(number: signal.Signals) -> None:
            loop.remove_signal_handler(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        try:
            return await task
        except asyncio.CancelledError:
            return None

    return asyncio.run(supervise())
