"""A fixture made of a real run by the command line, and run without the server."""

import json

from tests.integration.cli.support import Shell
from tests.support.live import Live


async def test_a_fixture_of_a_run_is_written_beside_its_workflow_and_passes(
    live: Live, shell: Shell, expense: str
) -> None:
    assert (await shell.plait("apply", expense)).code == 0
    run = await live.start("expense-approval", {"input": {"employee": "ana", "amount": 50}}, wait=20)
    assert run["status"] == "completed", run["error"]

    said = await shell.plait("test", "--from-run", run["id"], "-o", "expense.test.yaml")
    assert (said.code, said.out) == (0, "Wrote expense.test.yaml. Run it: plait test expense.test.yaml\n"), said.err
    alone = Shell(shell.folder, {**shell.environment, "PLAIT_URL": "http://127.0.0.1:9"})
    tested = await alone.plait("test", "expense.test.yaml")
    assert (tested.code, tested.out.strip()[-8:]) == (0, "1 passed"), tested

    said = await shell.plait("test", "--from-run", run["id"], "--json")
    assert json.loads(said.out)["cases"][0]["run"]["id"] == run["id"]
    said = await shell.plait("test", "--from-run", "00000000-0000-7000-8000-000000000000")
    assert (said.code, said.err) == (1, "Error: There is no such run.\n")
