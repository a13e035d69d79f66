"""How runs went, on the command line; and counted anew."""

from typing import Any

from api.upkeep.feed import move_all
from tests.integration.cli.support import Shell
from tests.support.live import Live

NODES = "nodes:\n  - id: a\n    type: transform\n    with: {value: 1}\n"


async def test_what_ended_shows_and_is_the_same_when_it_is_counted_anew(shell: Shell, live: Live) -> None:
    shell.write("quick.yaml", f"plait: 1\nslug: quick\n{NODES}")
    assert (await shell.plait("apply", "quick.yaml")).code == 0
    assert (await shell.plait("run", "quick", "--follow")).code == 0

    async def items(*words: str) -> list[dict[str, Any]]:
        return (await shell.plait("stats", *words, "--json")).json["items"]

    await move_all(live.resources)
    counted = await items()
    assert [(item["workflow"]["slug"], item["figures"]["completed"]) for item in counted] == [("quick", 1)]
    told = await shell.plait("stats", "--what", "nodes", "--workflow", "quick")
    assert told.out.splitlines()[1].split()[:4] == ["quick", "a", "1", "100.0%"]
    again = Shell(shell.folder, shell.environment | {"PLAIT_DATABASE_URL": live.resources.settings.database_url})
    assert (await again.plait("stats", "rebuild")).out == "Counted 1 day anew.\n"
    assert await items() == counted


async def test_a_rebuild_needs_to_know_the_database(shell: Shell) -> None:
    alone = Shell(shell.folder, shell.environment | {"PLAIT_DATABASE_URL": ""})
    said = await alone.plait("stats", "rebuild")
    assert (said.code, said.err.startswith("Error: PLAIT_DATABASE_URL is not set")) == (1, True)


async def test_where_nothing_ended_a_sentence_says_so(shell: Shell) -> None:
    assert (await shell.plait("stats", "--days", "3")).out == "Nothing ended in the last 3 days.\n"
