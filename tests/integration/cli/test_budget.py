"""What the project may spend in a month, on the command line."""

from tests.integration.cli.support import Shell


async def test_a_limit_is_set_shown_and_taken_away(shell: Shell) -> None:
    free = await shell.plait("budget")
    assert free.out.splitlines()[1] == "There is no limit: plait budget --cost-usd 200 sets one."
    await shell.plait("budget", "--cost-usd", "200", "--alert-at", "0.5")
    said = (await shell.plait("budget", "--tokens", "5000", "--json")).json
    assert (said["cost_usd"], said["tokens"], said["alert_at"]) == ("200", 5000, [0.5])
    assert "$0.0000 of $200.0000 and 0 of 5,000 tokens." in (await shell.plait("budget")).out
    assert (await shell.plait("budget", "--no-limit", "--json")).json["tokens"] is None


async def test_money_that_is_none_is_refused_with_a_sentence(shell: Shell) -> None:
    said = await shell.plait("budget", "--cost-usd", "much")
    assert (said.code, said.err.startswith("Error: ")) == (1, True)
