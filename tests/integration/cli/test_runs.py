"""Starting, following and cancelling runs, and answering their gates, on the command line."""

import asyncio
import json
import os
import sys

import pytest

from tests.integration.cli.support import Shell
from tests.support.live import Live

SMALL = '{"employee": "ana", "amount": 50}'
LARGE = '{"employee": "ana", "amount": 500}'


@pytest.fixture(autouse=True)
async def stored(shell: Shell, expense: str) -> None:
    """The workflow that the commands name."""
    assert (await shell.plait("apply", expense)).code == 0


async def blocked(live: Live) -> tuple[str, str]:
    """A run that waits for a person, and its gate."""
    run = await live.start("expense-approval", {"input": json.loads(LARGE)}, wait=20, until="blocked")
    return run["id"], run["waiting_for"][0]["gate_id"]


async def test_a_run_takes_its_input_from_text_a_file_or_standard_input(shell: Shell) -> None:
    shell.write("input.json", SMALL)
    for given, stdin in ((SMALL, ""), ("input.json", ""), ("-", SMALL)):
        said = await shell.plait("run", "expense-approval", "--input", given, "--json", stdin=stdin)
        assert (said.code, said.json["input"]["amount"]) == (0, 50), given


async def test_an_input_that_is_no_json_starts_nothing(shell: Shell) -> None:
    said = await shell.plait("run", "expense-approval", "--input", '{"employee": ')
    assert (said.code, said.err[:29]) == (1, "Error: The input is not JSON:")
    said = await shell.plait("run", "expense-approval", "--input", "nope.json")
    assert said.err == "Error: There is no file nope.json; give a JSON file, JSON text, or -.\n"
    assert (await shell.plait("runs", "list")).out.startswith("No runs yet.")


async def test_an_input_that_breaks_the_schema_is_one_sentence(shell: Shell) -> None:
    said = await shell.plait("run", "expense-approval", "--input", '{"employee": "ana"}')
    assert (said.code, said.err) == (
        1,
        'Error: The input does not match its schema: "amount" is a required property.\n',
    )


async def test_a_followed_run_shows_its_timeline_and_its_output(shell: Shell) -> None:
    said = await shell.plait("run", "expense-approval", "--input", SMALL, "--follow")
    assert said.code == 0
    assert "✔ run completed" in said.out
    assert '"paid": 50' in said.out


async def test_a_followed_run_as_json_is_a_line_an_event_and_the_run(shell: Shell) -> None:
    said = await shell.plait("run", "expense-approval", "--input", SMALL, "--follow", "--json")
    *events, run = map(json.loads, said.out.splitlines())
    assert [event["seq"] for event in events] == list(range(1, run["last_seq"] + 1))
    assert run["status"] == "completed"


async def test_a_followed_run_that_fails_has_exit_code_1_and_says_where(shell: Shell, live: Live) -> None:
    await live.save("failing", [{"id": "a", "type": "end", "with": {"status": "failed", "message": "no [more]"}}])
    said = await shell.plait("run", "failing", "--follow")
    assert said.code == 1
    assert "no [more]" in said.out


async def test_a_list_keeps_each_run_on_a_line_of_its_own(shell: Shell, live: Live) -> None:
    run_id, _ = await blocked(live)
    said = await shell.plait("runs", "list")
    head, line = said.out.splitlines()
    assert head.split() == ["RUN", "WORKFLOW", "STATUS", "CREATED"]
    assert line.startswith(f"{run_id}  expense-approval v1  running")
    assert max(map(len, said.out.splitlines())) <= 100
    listed = (await shell.plait("runs", "list", "--status", "running", "--json")).json
    assert [item["id"] for item in listed["items"]] == [run_id]


async def test_a_run_is_shown_with_its_nodes(shell: Shell, live: Live) -> None:
    run_id, _ = await blocked(live)
    said = await shell.plait("runs", "show", run_id)
    assert "Waiting for finance" in said.out
    assert "sign_off  human_gate  waiting" in said.out
    assert len((await shell.plait("runs", "show", run_id, "--json")).json["nodes"]) == 3


async def test_a_gate_is_approved_with_a_form_and_a_comment(shell: Shell, live: Live) -> None:
    run_id, gate_id = await blocked(live)
    listed = (await shell.plait("gates", "list")).out.splitlines()[1]
    assert listed.startswith(f"{gate_id}  open    group:finance")
    said = await shell.plait("gates", "approve", gate_id, "--comment", "fine", "--form", '{"note": "ok"}')
    assert (said.code, said.out) == (0, "Expense of 500 by ana: approved\n")
    tailed = await shell.plait("runs", "tail", run_id)
    assert (tailed.code, "gate decided" in tailed.out) == (0, True)
    assert (await shell.plait("gates", "list")).out == "No gate is open.\n"
    (listed_json,) = (await shell.plait("gates", "list", "--status", "approved", "--json")).json["items"]
    assert listed_json["id"] == gate_id
    decided = await live.get(f"/gates/{gate_id}")
    assert (decided["votes"][0]["comment"], decided["votes"][0]["form"]) == ("fine", {"note": "ok"})


async def test_a_gate_is_shown_with_all_that_a_decision_needs(shell: Shell, live: Live) -> None:
    _, gate_id = await blocked(live)
    shown = (await shell.plait("gates", "show", gate_id)).out
    gate = (await shell.plait("gates", "show", gate_id, "--json")).json
    assert shown.startswith("Expense of 500 by ana  open\n")
    assert "For group:finance: approved or rejected." in shown
    assert all(f"{each['label']}:" in shown for each in gate["show"])
    assert '"note"' in shown
    assert "Votes:" not in shown
    await shell.plait("gates", "approve", gate_id, "--comment", "fine", "--form", '{"note": "ok"}')
    assert '"comment": "fine"' in (await shell.plait("gates", "show", gate_id)).out


async def test_a_form_that_breaks_its_schema_decides_nothing(shell: Shell, live: Live) -> None:
    _, gate_id = await blocked(live)
    said = await shell.plait("gates", "approve", gate_id, "--form", '{"note": 3}')
    assert (said.code, said.err) == (1, 'Error: The form does not match: note: the value is not of type "string".\n')
    said = await shell.plait("gates", "approve", gate_id, "--form", "{")
    assert said.err.startswith("Error: --form is not JSON:")


async def test_a_rejected_gate_stays_rejected(shell: Shell, live: Live) -> None:
    _, gate_id = await blocked(live)
    assert (await shell.plait("gates", "reject", gate_id, "--json")).json["status"] == "rejected"
    said = await shell.plait("gates", "approve", gate_id)
    assert (said.code, said.err) == (1, "Error: The gate was decided: rejected.\n")


async def test_a_cancelled_run_is_told_to_end_once(shell: Shell, live: Live) -> None:
    run_id, _ = await blocked(live)
    said = await shell.plait("runs", "cancel", run_id, "--reason", "enough")
    assert (said.code, said.out.startswith(f"Run {run_id} is ")) == (0, True)
    assert (await shell.plait("runs", "tail", run_id)).code == 1
    assert (await shell.plait("runs", "cancel", run_id, "--json")).json["status"] == "cancelled"
    shown = (await shell.plait("runs", "show", run_id)).out
    assert "Cancelled: enough." in shown
    assert "sign_off  human_gate  cancelled  region stopped" in shown


async def test_what_is_not_there_is_one_sentence(shell: Shell) -> None:
    unknown = "01900000-0000-7000-8000-000000000000"
    assert (await shell.plait("run", "nope")).err == "Error: There is no workflow 'nope'.\n"
    for words in (("runs", "show"), ("runs", "tail"), ("runs", "cancel")):
        said = await shell.plait(*words, unknown)
        assert (said.code, said.err) == (1, "Error: There is no such run.\n")
    assert (await shell.plait("gates", "approve", unknown)).err == "Error: There is no such gate.\n"
    assert (await shell.plait("runs", "show", unknown, "--json")).json["code"] == "not_found"


ASKING = (
    [
        {"id": "ok", "type": "human_gate", "with": {"title": "Ask?", "approvers": ["group:all"]}},
        {"id": "draft", "type": "llm", "with": {"model": "local:demo", "prompt": "Name a colour.", "stream": True}},
    ],
    [{"from": "ok", "to": "draft", "on": "approved"}],
)


@pytest.mark.parametrize(("options", "words"), [((), 0), (("--tokens",), 1), (("--tokens", "--json"), 1)])
async def test_what_a_node_says_is_shown_through_a_pipe_only_where_it_is_asked_for(
    shell: Shell, live: Live, options: tuple[str, ...], words: int
) -> None:
    await live.save("asking", *ASKING)
    run = await live.start("asking", wait=20, until="blocked")
    pipe = asyncio.subprocess.PIPE
    tail = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "plait.cli", "runs", "tail", run["id"], *options,
        cwd=shell.folder, env=os.environ | shell.environment, stdout=pipe,
    )  # fmt: skip
    assert tail.stdout is not None
    while b"opened" not in await tail.stdout.readline():
        pass
    await live.client.post(f"/api/v1/gates/{run['waiting_for'][0]['gate_id']}/decisions", json={"decision": "approved"})
    rest, _ = await asyncio.wait_for(tail.communicate(), 20)
    # The node's output and its input say the same, as JSON; words of a terminal stand in a line of their own.
    lines = [
        line for line in rest.decode().splitlines() if "output_delta" in line or ("colour" in line and '"' not in line)
    ]
    assert (tail.returncode, bool(lines)) == (0, bool(words)), rest.decode()
