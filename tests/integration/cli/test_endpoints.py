"""Telling others, and following what happens, on the command line."""

import pytest

from api.upkeep.feed import move_all
from plait.clock import now
from plait.store import endpoint_deliveries as store
from tests.integration.cli.support import Shell
from tests.support.endpoints import an_ended_run, deliveries_of, feed_all
from tests.support.live import Live
from tests.support.runs import PROJECT

REFUSED = store.Outcome(503, "HTTP 503", "", 7)


@pytest.fixture
def shell(idle: Live) -> Shell:
    """An API without a worker."""
    return Shell.of(idle, idle.files_dir, PLAIT_DATABASE_URL=idle.resources.settings.database_url)


async def test_an_endpoint_is_made_looked_at_and_sent_to_again(idle: Live, shell: Shell) -> None:
    pool, recorder = idle.resources.pool, idle.resources.recorder
    made = await shell.plait("endpoints", "create", "https://example.com/hook", "--type", "run.completed", "--json")
    endpoint = made.json["id"]
    assert made.json["secret"].startswith("whsec_")
    run_id = await an_ended_run(pool, recorder)
    await feed_all(pool)
    (row,) = await deliveries_of(pool, endpoint)
    assert row["run_id"] == run_id
    await store.record_attempt(pool, PROJECT, row["id"], REFUSED, "failed", now())
    listed = await shell.plait("endpoints", "deliveries", endpoint, "--status", "failed")
    assert [word in listed.out for word in (str(row["id"]), "run.completed", "HTTP 503")] == [True] * 3
    again = await shell.plait("endpoints", "redeliver", endpoint, "--failed-since", "2026-01-01T00:00:00Z")
    assert again.out == "1 begin again.\n"
    assert "run.completed" in (await shell.plait("endpoints", "list")).out


async def test_what_cannot_be_is_one_sentence(shell: Shell) -> None:
    said = await shell.plait("endpoints", "create", "https://example.com/hook", "--type", "run.finished")
    assert said.code == 1
    assert "workflow.run.finished is no type of event" in said.err


async def test_the_feed_is_shown_and_made_anew(idle: Live, shell: Shell) -> None:
    run_id = await an_ended_run(idle.resources.pool, idle.resources.recorder)
    await move_all(idle.resources)
    shown = await shell.plait("feed", "watch", "--once")
    assert shown.out.count("\n") == 2
    assert "run.completed    test-" in shown.out
    assert str(run_id) in shown.out
    assert (await shell.plait("feed", "rebuild", "--json")).json == {"events": 2}
    await move_all(idle.resources)
    assert (await idle.get("/feed"))["items"][0]["position"] == 3
