"""Talking to Plait on the command line."""

import pytest

from tests.integration.api.test_chat import EXPENSE
from tests.integration.cli.support import Shell
from tests.support.live import Live


@pytest.fixture
def shell(idle: Live) -> Shell:
    """An API without a worker."""
    return Shell.of(idle, idle.files_dir)


async def test_one_message_is_answered_and_gone_on_with(idle: Live, shell: Shell) -> None:
    await idle.save("expense", **EXPENSE)
    first = (await shell.plait("chat", "--json", "an", "expense", "of", "amount:", "12")).json
    assert first["proposed"] == {"workflow": "expense", "input": {"amount": 12}, "missing": ["purpose"]}
    second = await shell.plait("chat", "-c", first["conversation_id"], "purpose: tea")
    assert (second.code, "Say yes to start it." in second.out) == (0, True)
    assert f"plait chat -c {first['conversation_id']} …" in second.out


async def test_a_conversation_goes_on_line_by_line(idle: Live, shell: Shell) -> None:
    await idle.save("expense", **EXPENSE)
    said = await shell.plait("chat", stdin=f"an expense of amount: 12, purpose: tea\n\n{'x' * 40_000}\nyes\n")
    assert (said.code, "Expense is started: run " in said.out) == (0, True), said.err
    assert "cannot be taken" in said.out


async def test_json_wants_one_message(shell: Shell) -> None:
    said = await shell.plait("chat", "--json")
    assert (said.code, said.json["code"]) == (1, "input")
