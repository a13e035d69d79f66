"""Whether the command line reaches Plait, and what it says where it does not."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.integration.cli.support import Shell
from tests.support.live import Live
from tests.support.postgres import Database


@pytest.fixture
def api_key() -> str:
    """The key of the API in these tests."""
    return "sesame"


async def test_the_right_key_gets_in(shell: Shell, live: Live) -> None:
    known = Shell.of(live, shell.folder, PLAIT_API_KEY="sesame")
    assert (await known.plait("runs", "list")).out.startswith("No runs yet.")


async def test_a_wrong_key_is_one_sentence(shell: Shell, live: Live) -> None:
    sentence = "Error: Plait does not know this key. Set PLAIT_API_KEY to the key that the API has.\n"
    wrong = Shell.of(live, shell.folder, PLAIT_API_KEY="nope")
    for each in (shell, wrong):
        said = await each.plait("runs", "list")
        assert (said.code, said.err) == (1, sentence)
    assert (await wrong.plait("runs", "list", "--json")).json["code"] == "unauthenticated"


async def test_an_api_that_is_away_is_one_sentence(shell: Shell, live: Live) -> None:
    away = Shell.of(live, shell.folder, PLAIT_URL="http://127.0.0.1:1")
    said = await away.plait("runs", "list")
    mend = "Start it with `plait dev`, or say where it is in PLAIT_URL."
    assert (said.code, said.err) == (1, f"Error: Plait does not answer at http://127.0.0.1:1. {mend}\n")
    nowhere = Shell.of(live, shell.folder, PLAIT_URL="nowhere")
    assert (await nowhere.plait("gates", "list")).err.startswith("Error: PLAIT_URL is no address: nowhere.")


async def test_the_doctor_says_what_is_well_and_what_is_not(shell: Shell, live: Live) -> None:
    known = Shell.of(live, shell.folder, PLAIT_API_KEY="sesame")
    said = await known.plait("doctor", "--json")
    assert said.code == 0, said.out
    assert {each["check"] for each in said.json} >= {"Python", "Postgres", "API", "Workers"}
    away = Shell.of(live, shell.folder, PLAIT_URL="http://127.0.0.1:1")
    sick = await away.plait("doctor")
    assert sick.code == 1
    assert "✘ API: Plait does not answer" in sick.out


async def test_migrations_go_up_and_down_as_the_owner(
    idle: Live, temporal_address: str, empty_database: Database, tmp_path: Path
) -> None:
    owner = Shell.of(
        idle,
        tmp_path,
        PLAIT_DATABASE_URL=empty_database.dsn,
        PLAIT_DATABASE_OWNER_URL=empty_database.owner_dsn,
        PLAIT_TEMPORAL_ADDRESS=temporal_address,
    )
    assert (await owner.plait("migrate", "status", "--json")).json["applied"] == []
    assert (await owner.plait("migrate", "up")).out.startswith("Applied 0001_first_run")
    assert (await owner.plait("migrate", "up", "--json")).json == {"applied": []}
    assert "0001_first_run" in (await owner.plait("migrate", "status")).out
    assert (await owner.plait("migrate", "down", "0")).out.startswith("Took back ")
    assert (await owner.plait("migrate", "down", "0", "--json")).json == {"undone": []}


async def test_migrations_without_an_owner_are_refused_with_one_sentence(shell: Shell) -> None:
    for words in (("up",), ("status",), ("down", "0")):
        said = await shell.plait("migrate", *words)
        assert (said.code, said.err[:42]) == (1, "Error: PLAIT_DATABASE_OWNER_URL is not set")


async def test_ctrl_c_leaves_a_run_that_is_followed_alone(shell: Shell, live: Live, expense: str) -> None:
    known = Shell.of(live, shell.folder, PLAIT_API_KEY="sesame")
    await known.plait("apply", expense)
    run = await live.start("expense-approval", {"input": {"employee": "ana", "amount": 500}}, wait=20, until="blocked")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "plait.cli", "runs", "tail", run["id"],
        env=os.environ | known.environment, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while b"Answer it: plait gates approve" not in await process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130
    assert (await live.get(f"/workflow_runs/{run['id']}"))["status"] == "running"
