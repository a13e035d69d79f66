"""Moving nodes and migrating runs on the command line."""

from tests.integration.cli.support import Shell
from tests.support.live import Live

HELD = {
    "id": "a",
    "type": "tool_call",
    "with": {"tool": "flaky", "args": {"failures": 9, "retryable": False}},
    "on_error": "hold",
}
MORE = """\
plait: 1
slug: mend
nodes:
  - {id: a, type: tool_call, with: {tool: flaky, args: {failures: 9, retryable: false}}, on_error: hold}
  - {id: b, type: transform, with: {value: "{{ nodes.a.output }}"}}
edges: [{from: a, to: b}]
"""


async def test_a_held_run_is_migrated_and_its_node_given_an_output(shell: Shell, live: Live) -> None:
    await live.save("mend", [HELD])
    run = (await live.start("mend", wait=20, until="blocked"))["id"]
    shell.write("more.yaml", MORE)
    said = await shell.plait("runs", "migrate", run, "--file", "more.yaml", "--dry-run")
    assert (said.code, said.out.splitlines()[-1]) == (0, "The run could go on under the document. Nothing was changed.")
    said = await shell.plait("runs", "migrate", run, "--file", "more.yaml")
    assert (said.code, said.out.splitlines()[-1]) == (0, "The run goes on under version 2.")
    said = await shell.plait("runs", "override", run, "a", "retry", "--with", '{"tool": "work"}')
    assert (said.code, said.err.startswith("Error: The node cannot have these parameters")) == (1, True)
    said = await shell.plait("runs", "override", run, "a", "succeed", "--output", "-", stdin="5")
    assert said.code == 0, said.err
    assert (await live.until(run, "completed"))["output"] == {"b": 5}
    said = await shell.plait("runs", "override", run, "a", "skip")
    assert said.err == "Error: The node is completed; what has ended is mended by a rerun.\n"
    said = await shell.plait("runs", "migrate", run, "--to", "1")
    assert said.err == "Error: The run is completed; rerun it with the other version.\n"
