"""Promoting and variables on the command line."""

from tests.integration.cli.support import Shell

READS = "plait: 1\nslug: reads\nenv: {LIMIT: {type: integer}}\nnodes:\n  - {id: a, type: transform, with: {value: '{{ env.LIMIT }}'}}\n"


async def test_a_version_is_promoted_once_what_it_needs_is_there(shell: Shell) -> None:
    await shell.plait("apply", shell.write("reads.yaml", READS))
    refused = await shell.plait("promote", "reads", "--to", "staging")
    assert refused.code == 1
    assert "  env.LIMIT: The workflow reads env.LIMIT, which is not set in staging" in refused.err
    assert "Set it: plait env set LIMIT VALUE --env staging." in refused.err
    assert (await shell.plait("env", "set", "LIMIT", "7", "--env", "staging")).out == "LIMIT is set in staging.\n"
    said = await shell.plait("promote", "reads", "--to", "staging", "--reason", "first")
    assert (said.code, said.out) == (0, "staging runs reads version 1.\n")
    history = (await shell.plait("workflows", "history", "reads")).out
    assert "staging      version 1" in history
    assert "- -> 1" in history
    assert "first" in history
    listed = (await shell.plait("env", "list", "--env", "staging")).out.splitlines()
    assert (listed[1].split()[:2], listed[1].split()[-1]) == (["LIMIT", "7"], "reads")
    kept = await shell.plait("env", "unset", "LIMIT", "--env", "staging")
    assert (kept.code, kept.err) == (1, "Error: LIMIT has no default and is read in staging by reads.\n")
    assert (await shell.plait("run", "reads", "--env", "staging", "--json")).json["environment"] == "staging"


async def test_a_protected_environment_says_what_it_waits_for(shell: Shell, expense: str) -> None:
    await shell.plait("apply", expense)
    said = await shell.plait("promote", "expense-approval", "--to", "prod")
    waits = "expense-approval version 1 waits for the approvers of prod: plait gates list --run "
    assert said.out.startswith(waits)
