"""Schedules on the command line."""

from tests.integration.cli.support import Shell
from tests.support.live import Live


async def test_a_schedule_from_its_creation_to_its_end(idle: Live) -> None:
    shell = Shell.of(idle, idle.files_dir)
    await idle.save("report", [{"id": "a", "type": "transform", "with": {"value": 1}}])
    created = await shell.plait("schedules", "create", "report", "--cron", "0 9 * * mon", "--paused", "--json")
    schedule = created.json["id"]
    shown = (await shell.plait("schedules", "show", schedule)).out
    assert "report starts report at 0 9 * * mon UTC" in shown
    assert "paused" in shown
    resumed = await shell.plait("schedules", "resume", schedule)
    assert resumed.out.count("  next ") == 5
    assert "Started run" in (await shell.plait("schedules", "trigger", schedule)).out
    listed = (await shell.plait("schedules", "list", "--workflow", "report")).out
    assert schedule in listed
    assert (await shell.plait("schedules", "delete", schedule)).out == f"Deleted schedule {schedule}.\n"
    assert "There is no such schedule." in (await shell.plait("schedules", "show", schedule)).err


async def test_a_preview_and_what_cannot_be_read(idle: Live) -> None:
    shell = Shell.of(idle, idle.files_dir)
    assert (await shell.plait("schedules", "preview", "--every", "5m")).out.count("  next ") == 5
    refused = await shell.plait("schedules", "preview", "--cron", "99 * * * *")
    assert (refused.code, "minute '99'" in refused.err) == (1, True)
