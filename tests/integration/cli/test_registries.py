"""Models and agents on the command line."""

import pytest

from tests.integration.cli.support import Shell
from tests.support.live import Live

AGENT = """\
# Reads contracts.
model: demo
description: Reads contracts.
instructions: |
  Read.
  Then say what you read.
capabilities: [contracts]
"""


@pytest.fixture
def shell(idle: Live) -> Shell:
    """An API without a worker."""
    return Shell.of(idle, idle.files_dir)


async def test_a_provider_and_an_alias_are_stored_listed_and_forgotten(shell: Shell) -> None:
    said = ("--base-url", "https://models.example.com/v1", "--secret", "ACME_KEY", "--price", "llama-3=0.20/0.60")
    stored = await shell.plait("models", "set", "acme", *said)
    assert "PLAIT_SECRET_ACME_KEY" in stored.out
    assert (await shell.plait("models", "alias", "quick", "acme:llama-3")).code == 0
    assert (await shell.plait("models", "set", "acme", "--requests", "60")).code == 0
    listed = (await shell.plait("models", "list")).out
    assert [word in listed for word in ("acme:llama-3", "https://models.example.com/v1", "ACME_KEY")] == [True] * 3
    refused = await shell.plait("models", "delete", "acme")
    assert (refused.code, "the alias quick" in refused.err) == (1, True)
    assert (await shell.plait("models", "delete", "quick", "--alias")).code == 0
    assert (await shell.plait("models", "delete", "acme")).out == "The provider acme is forgotten.\n"


async def test_a_price_that_is_none_is_one_sentence(shell: Shell) -> None:
    said = await shell.plait("models", "set", "acme", "--price", "llama-3=cheap")
    assert (said.code, "write MODEL=IN/OUT" in said.err) == (1, True)


async def test_an_agent_is_stored_from_a_file_shown_as_one_and_deleted(shell: Shell, idle: Live) -> None:
    await shell.plait("models", "alias", "demo", "local:demo")
    file = idle.files_dir / "reader.yaml"
    file.write_text(AGENT)
    assert (await shell.plait("agents", "put", str(file))).out == "reader is version 1.\n"
    shown = (await shell.plait("agents", "show", "reader")).out
    file.write_text(shown)
    assert (await shell.plait("agents", "put", str(file))).out == "reader is version 1.\n"
    assert "reader" in (await shell.plait("agents", "list", "--capability", "contracts")).out
    assert (await shell.plait("agents", "delete", "reader")).code == 0
    assert "There is no agent like that." in (await shell.plait("agents", "list", "-q", "reader")).out


async def test_what_is_wrong_with_an_agent_is_said_by_its_field(shell: Shell, idle: Live) -> None:
    file = idle.files_dir / "reader.json"
    file.write_text('{"model": "dmeo", "tools": ["nothing"]}')
    said = await shell.plait("agents", "put", str(file))
    assert said.code == 1
    assert ("model" in said.err, "There is no tool `nothing`." in said.err) == (True, True)
