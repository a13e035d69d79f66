"""`plait verify`: whether what is on record of runs is what happened."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from plait.cli.output import AsJson, console, show_json, show_table
from plait.errors import NotReady

if TYPE_CHECKING:
    from temporalio.client import Client

    from plait.settings import Settings
    from plait.store.pool import Pool
    from plait.verify import Finding


def verify(
    runs: Annotated[list[UUID] | None, typer.Argument(metavar="[RUN]...", help="Only these runs.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only runs created since then.")] = None,
    effects: Annotated[
        Path | None, typer.Option(help="A receiver's log, one JSON object with a `key` a line.", exists=True)
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The directory of a `plait dev` that runs now.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Replay each run from Temporal's history, make its rows once more and compare; exit code 1 if anything differs.

    Reaches Postgres and Temporal as a worker does, by PLAIT_… variables; without PLAIT_DATABASE_URL those of `plait dev`.
    """
    keys = list(keys_in(effects)) if effects else None
    checked, findings = asyncio.run(check(runs or [], since, keys, data_dir, quiet=as_json))
    if as_json:
        show_json({"runs": checked, "findings": [asdict(each) for each in findings]})
    else:
        show_table(
            ("RUN", "PATH", "RULE", "FOUND"),
            ((each.run_id, each.path or "", each.rule, each.message) for each in findings),
            empty=f"{checked} runs: the record is what happened.",
        )
    if findings:
        raise typer.Exit(1)


async def check(
    runs: list[UUID], since: datetime | None, keys: list[str] | None, data_dir: Path | None, *, quiet: bool
) -> tuple[int, "list[Finding]"]:
    """How many runs were looked at, and what is wrong with them."""
    from plait.clock import now
    from plait.store.verify import count_runs
    from plait.verify.audit import audit_run, audit_runs
    from plait.verify.effects import audit_effects

    checked, findings = 0, []
    async with reached(data_dir) as (pool, client):
        progress = Progress(
            TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console,
            transient=True, disable=quiet or not console.is_terminal,
        )  # fmt: skip
        with progress:
            task = progress.add_task("", total=len(runs) or await count_runs(pool, since))
            for run_id in runs:
                findings += await audit_run(pool, client, run_id, now())
                checked += 1
                progress.advance(task)
            if not runs:
                async for _, found in audit_runs(pool, client, since, now()):
                    findings += found
                    checked += 1
                    progress.advance(task)
        if keys is not None:
            findings += await audit_effects(pool, keys)
    return checked, findings


@asynccontextmanager
async def reached(data_dir: Path | None) -> "AsyncIterator[tuple[Pool, Client]]":
    """Postgres and Temporal, with what histories keep outside of Temporal."""
    from plait.settings import Settings
    from plait.store.offload import Offload
    from plait.store.pool import open_pool
    from plait.temporal import connect
    from worker.payloads import with_large_payloads

    settings = Settings()
    pool = await open_pool(database_of(settings, data_dir))
    try:
        yield pool, with_large_payloads(await connect(settings), Offload(pool))
    finally:
        await pool.close()


def database_of(settings: "Settings", data_dir: Path | None) -> str:
    """The address of Postgres: as set, or that of the embedded one."""
    from plait.dev.directory import default_directory
    from plait.dev.postgres import EmbeddedPostgres

    if data_dir is None and settings.database_url:
        return settings.database_url
    directory = data_dir or default_directory(Path.cwd(), os.environ)
    try:
        return EmbeddedPostgres(directory / "postgres").app_dsn
    except OSError:
        message = f"{directory} has no Plait of its own: set PLAIT_DATABASE_URL, or name the directory with --data-dir."
        raise NotReady(message) from None


def keys_in(log: Path) -> Iterator[str]:
    """The idempotency keys of a log; raises NotReady where a line has none."""
    for number, line in enumerate(log.read_bytes().splitlines(), 1):
        try:
            yield str(orjson.loads(line)["key"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise NotReady(f"Line {number} of {log} is not an object with a `key`.") from None
