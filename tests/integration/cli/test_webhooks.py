"""Incoming webhooks on the command line."""

from tests.integration.cli.support import Shell
from tests.support.live import Live


async def test_a_webhook_from_its_creation_to_its_end(idle: Live) -> None:
    shell = Shell.of(idle, idle.files_dir)
    await idle.save("build", [{"id": "a", "type": "transform", "with": {"value": 1}}])
    created = await shell.plait(
        "webhooks",
        "create",
        "Pushes",
        "--verify",
        "github",
        "--start",
        "build",
        "--when",
        "body.ref == 'main'",
        "--json",
    )
    webhook = created.json["id"]
    await idle.client.post(created.json["url"], json={})
    shown = (await shell.plait("webhooks", "show", webhook)).out
    assert "Pushes (github) starts build" in shown
    assert "refused" in shown
    rotated = (await shell.plait("webhooks", "rotate", webhook)).out
    assert rotated.startswith("Secret: whsec_")
    listed = (await shell.plait("webhooks", "list")).out
    assert webhook in listed
    assert created.json["secret"] not in listed
    assert (await shell.plait("webhooks", "delete", webhook)).out == f"Deleted webhook {webhook}.\n"


async def test_what_a_webhook_does_has_to_be_said(idle: Live) -> None:
    shell = Shell.of(idle, idle.files_dir)
    said = await shell.plait("webhooks", "create", "Pushes", "--verify", "github")
    assert said.err == "Error: Say either --start REF or --event NAME.\n"
