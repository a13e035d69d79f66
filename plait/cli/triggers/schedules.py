"""Workflows that start by the clock."""

from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from plait.cli.files import read_input
from plait.cli.output import AsJson, console, moment_text, show_json, show_table, status_text
from plait.cli.remote import connected

commands = typer.Typer(no_args_is_help=True, help="Start workflows by the clock.")

ScheduleId = Annotated[str, typer.Argument(metavar="SCHEDULE", help="The schedule's id.")]
Note = Annotated[str | None, typer.Option(help="Why, for those who look later.")]
Cron = Annotated[str | None, typer.Option(help="Minute, hour, day of month, month, day of week: '0 9 * * mon-fri'.")]
Every = Annotated[str | None, typer.Option(help="So often: 30s, 5m, 2h, 1d.")]
Zone = Annotated[str, typer.Option("--time-zone", help="Whose clocks --cron reads: Europe/Berlin.")]


@commands.command()
def create(
    workflow: Annotated[str, typer.Argument(metavar="REF", help="The workflow's slug or id.")],
    name: Annotated[str | None, typer.Option(help="What people call it; the workflow's slug if left out.")] = None,
    cron: Cron = None,
    every: Every = None,
    time_zone: Zone = "UTC",
    input_: Annotated[
        str | None,
        typer.Option("--input", "-i", help="A JSON file, JSON text, or - for stdin; {{ scheduled_at }} is the time."),
    ] = None,
    env: Annotated[str, typer.Option("--env", help="The environment.")] = "dev",
    version: Annotated[int | None, typer.Option(help="A version other than the one that the environment runs.")] = None,
    overlap: Annotated[
        str,
        typer.Option(help="skip, buffer_one, buffer_all, cancel_other, terminate_other or allow_all."),
    ] = "skip",
    jitter: Annotated[str, typer.Option(help="Each start comes up to so much later: 30s, 5m.")] = "0s",
    catchup: Annotated[str, typer.Option(help="Make up for times that were missed if they are no older: 1h.")] = "1h",
    *,
    paused: Annotated[bool, typer.Option("--paused", help="Start nothing until it is resumed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a workflow start by the clock: plait schedules create daily-report --cron '0 9 * * mon-fri'."""
    said = {"cron": cron, "every": every, "time_zone": time_zone, "environment": env, "version": version}
    said |= {"overlap": overlap, "jitter": jitter, "catchup_window": catchup, "paused": paused}
    body = {"workflow": workflow, "name": name or workflow, "input": read_input(input_), **said}
    with connected() as api:
        made = api.post("/schedules", body)
    if as_json:
        show_json(made)
    else:
        console.print(f"Created schedule [bold]{made['id']}[/].")
        show_times(made["next_runs"])


@commands.command()
def preview(cron: Cron = None, every: Every = None, time_zone: Zone = "UTC", *, as_json: AsJson = False) -> None:
    """The next five times, without storing anything."""
    with connected() as api:
        found = api.post("/schedules/preview", {"cron": cron, "every": every, "time_zone": time_zone})
    if as_json:
        show_json(found)
    else:
        show_times(found["times"])


@commands.command("list")
def list_schedules(
    workflow: Annotated[str | None, typer.Option(help="Only those of this workflow.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Schedules, the newest first."""
    with connected() as api:
        page = api.get("/schedules", workflow=workflow)
    if as_json:
        show_json(page)
        return
    show_table(
        ("SCHEDULE", "WORKFLOW", "WHEN", "NEXT", "NAME"),
        (
            (
                item["id"],
                escape(item["workflow"]["slug"]),
                when_text(item),
                standing_text(item) or moment_text(item["next_run"]),
                escape(item["name"]),
            )
            for item in page["items"]
        ),
        empty="No schedules yet. Create one: plait schedules create REF --cron '0 9 * * mon-fri'",
    )


@commands.command()
def show(schedule_id: ScheduleId, *, as_json: AsJson = False) -> None:
    """One schedule with its next times and its newest runs."""
    with connected() as api:
        found = api.get(f"/schedules/{schedule_id}")
    show_schedule(found, as_json=as_json)


@commands.command()
def pause(schedule_id: ScheduleId, note: Note = None, *, as_json: AsJson = False) -> None:
    """Start nothing until it is resumed."""
    move(schedule_id, "pause", note, as_json=as_json)


@commands.command()
def resume(schedule_id: ScheduleId, note: Note = None, *, as_json: AsJson = False) -> None:
    """Let a paused schedule go on from its next time."""
    move(schedule_id, "resume", note, as_json=as_json)


@commands.command()
def trigger(schedule_id: ScheduleId, *, as_json: AsJson = False) -> None:
    """Start a run now, whatever the clock says."""
    with connected() as api:
        run = api.post(f"/schedules/{schedule_id}/trigger")
    if as_json:
        show_json(run)
    else:
        console.print(f"Started run [bold]{run['id']}[/] of {run['workflow']['slug']}.")


@commands.command()
def backfill(
    schedule_id: ScheduleId,
    start: Annotated[str, typer.Option("--from", help="The first moment: 2026-11-01T00:00:00Z.")],
    end: Annotated[str, typer.Option("--to", help="The last moment.")],
    per_minute: Annotated[int | None, typer.Option(min=1, help="Start so many a minute at most.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Start the runs of times that have passed and have none."""
    body = {"start_at": start, "end_at": end, "per_minute": per_minute}
    with connected() as api:
        operation = api.post(f"/schedules/{schedule_id}/backfill", body)
    if as_json:
        show_json(operation)
    else:
        console.print(f"Starting {operation['total']} runs: plait operations show {operation['id']}")


@commands.command()
def delete(schedule_id: ScheduleId, *, as_json: AsJson = False) -> None:
    """Delete a schedule. Its runs stay."""
    with connected() as api:
        api.send("DELETE", f"/schedules/{schedule_id}")
    if as_json:
        show_json({"id": schedule_id, "deleted": True})
    else:
        console.print(f"Deleted schedule {schedule_id}.")


def move(schedule_id: str, verb: str, note: str | None, *, as_json: bool) -> None:
    """Pause or resume, and show the schedule as it then is."""
    with connected() as api:
        found = api.post(f"/schedules/{schedule_id}/{verb}", {"note": note})
    show_schedule(found, as_json=as_json)


def show_schedule(found: dict[str, Any], *, as_json: bool) -> None:
    """A schedule for people, or as it is."""
    if as_json:
        show_json(found)
        return
    console.print(f"[bold]{escape(found['name'])}[/] starts {escape(found['workflow']['slug'])} {when_text(found)}")
    if standing := standing_text(found):
        console.print(standing + (f": {escape(found['note'])}" if found["note"] else ""))
    console.print(f"Overlap: {found['overlap']}. Environment: {found['environment']}. Input: {input_text(found)}")
    if (refusal := found["refusal"]) is not None:
        console.print(f"[red]No run at {refusal['scheduled_at']}[/]: {escape(refusal['message'])}")
    show_times(found["next_runs"])
    show_table(
        ("RUN", "STATUS", "FOR", "CREATED"),
        (
            (
                run["run_id"],
                status_text(run["status"]),
                run["scheduled_at"] or "by hand",
                moment_text(run["created_at"]),
            )
            for run in found["last_runs"]
        ),
        empty="No runs yet.",
    )


def show_times(times: list[str]) -> None:
    """When it is due next."""
    for time in times:
        console.print(f"  next {time}")


def when_text(found: dict[str, Any]) -> str:
    """`at 0 9 * * mon-fri Europe/Berlin`, `every 300 s`."""
    if found["cron"] is not None:
        return f"at {found['cron']} {found['time_zone']}"
    return f"every {found['every']} s"


def standing_text(found: dict[str, Any]) -> str:
    """Why it starts nothing, if it does not."""
    if found["paused"]:
        return "[yellow]paused[/]"
    return "[yellow]held: its workflow is disabled[/]" if found["held"] else ""


def input_text(found: dict[str, Any]) -> str:
    """The input in one line."""
    return escape(orjson.dumps(found["input"]).decode()[:200])
