"""Sending events on the command line."""

import pytest

from tests.integration.cli.support import Shell
from tests.support.inbound import statuses
from tests.support.live import Live
from tests.support.runs import a_run

UNKNOWN = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def shell(idle: Live) -> Shell:
    """An API without a worker."""
    return Shell.of(idle, idle.files_dir)


async def test_an_event_is_sent_with_a_payload_from_text_or_a_file(idle: Live, shell: Shell) -> None:
    run_id = await a_run(idle.resources.pool)
    shell.write("paid.json", '{"amount": 12}')
    said = await shell.plait("send", str(run_id), "payment", "--payload", "@paid.json", "--key", "order-7", "--json")
    assert (said.code, said.json["key"], said.json["size"]) == (0, "order-7", len('{"amount":12}'))
    said = await shell.plait("send", str(run_id), "payment", "--payload", '["a"]', "--id", "evt_1")
    assert (said.code, said.out.endswith(" (payment) is recorded.\n")) == (0, True)
    payloads = await idle.resources.pool.fetch("select payload, sender_id from inbound_events order by at")
    assert [tuple(row) for row in payloads] == [({"amount": 12}, None), (["a"], "evt_1")]


async def test_the_same_id_again_is_no_other_event(idle: Live, shell: Shell) -> None:
    run_id = await a_run(idle.resources.pool)
    sent = [await shell.plait("send", str(run_id), "payment", "--id", "evt_1", "--json") for _ in range(2)]
    assert sent[0].json == sent[1].json
    assert await statuses(idle.resources.pool, run_id) == ["recorded"]


async def test_what_cannot_be_sent_is_one_sentence(idle: Live, shell: Shell) -> None:
    run_id = str(await a_run(idle.resources.pool))
    said = await shell.plait("send", run_id, "payment", "--payload", "{")
    assert (said.code, said.err[:28]) == (1, "Error: --payload is not JSON")
    said = await shell.plait("send", run_id, "payment", "--payload", "@nope.json")
    assert said.err == "Error: There is no file nope.json; give --payload JSON, or @ and a file.\n"
    assert (await shell.plait("send", UNKNOWN, "payment")).err == "Error: There is no such run.\n"


async def test_an_event_for_whoever_waits_needs_no_run(idle: Live, shell: Shell) -> None:
    said = await shell.plait("send", "--name", "payment", "--key", "order-7", "--id", "evt_1")
    assert (said.code, " (payment) waits until " in said.out) == (0, True), said.err
    assert await idle.resources.pool.fetchval("select key from mailbox_events") == "order-7"
    said = await shell.plait("send", "--key", "order-7")
    assert said.err == "Error: Say plait send RUN NAME, or plait send --name NAME.\n"
