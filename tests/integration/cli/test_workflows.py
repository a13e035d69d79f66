"""From a template to a stored version, on the command line."""

from plait.templates import shipped
from tests.integration.cli.support import Shell

BAD = "plait: 1\nslug: bad\nnodes:\n  - id: a\n    type: transfrm\n    with: {value: 1}\n"


async def test_the_version_is_told(shell: Shell) -> None:
    assert (await shell.plait("--version")).out.startswith("plait 0.")


async def test_new_lists_the_templates_and_prints_one(shell: Shell) -> None:
    assert "approval" in (await shell.plait("new")).out
    assert set((await shell.plait("new", "--json")).json) >= {"approval", "chain", "http"}
    printed = (await shell.plait("new", "chain")).out
    shell.write("chain.yaml", printed)
    assert (await shell.plait("validate", "chain.yaml")).code == 0
    assert (await shell.plait("new", "chain", "--json")).json["source"] == printed


async def test_new_fills_the_parameters_of_a_template_in(shell: Shell) -> None:
    said = await shell.plait("new", "approval", "--slug", "travel", "--set", "limit=500")
    assert "slug: travel\n" in said.out
    assert "limit: 500\n" in said.out
    refused = await shell.plait("new", "approval", "--set", "limit=much")
    assert (refused.code, refused.err.splitlines()[0]) == (
        1,
        'Error: The parameters do not fit the template: limit: the value is not of type "number".',
    )


async def test_an_unknown_template_names_those_that_there_are(shell: Shell) -> None:
    said = await shell.plait("new", "nope")
    assert (said.code, said.err) == (
        1,
        "Error: There is no template 'nope'; there are: " + ", ".join(shipped()) + ".\n",
    )


async def test_a_workflow_is_checked_by_the_server_that_answers(shell: Shell, expense: str) -> None:
    said = await shell.plait("validate", expense)
    assert (said.code, said.out.splitlines()[0]) == (0, "expense.yaml: valid, 3 nodes.")
    assert f"1 file checked by {shell.environment['PLAIT_URL']}: no problems" in said.out


async def test_a_tool_that_no_worker_offers_is_a_problem_to_the_server(shell: Shell) -> None:
    text = BAD.replace("transfrm", "tool_call").replace("{value: 1}", "{tool: nobody_knows}")
    said = await shell.plait("validate", shell.write("tool.yaml", text), "--server")
    assert said.code == 1
    assert "error[unknown_tool]: There is no tool `nobody_knows` here.\n --> tool.yaml:6:18\n" in said.out
    assert (await shell.plait("validate", "tool.yaml", "--offline")).code == 0


async def test_apply_says_whether_there_is_a_new_version(shell: Shell, expense: str) -> None:
    assert (await shell.plait("apply", expense)).out == "Stored expense-approval as version 1.\n"
    assert (await shell.plait("apply", expense)).out == "expense-approval is unchanged at version 1.\n"
    shell.write(expense, (shell.folder / expense).read_text().replace("limit: 200", "limit: 300"))
    assert (await shell.plait("apply", expense)).out == "Stored expense-approval as version 2.\n"
    assert (await shell.plait("apply", expense, "--json")).json["workflows"][0]["version"] == 2


async def test_apply_of_a_bad_workflow_stores_nothing_and_says_every_line(shell: Shell) -> None:
    said = await shell.plait("apply", shell.write("bad.yaml", BAD))
    assert said.code == 1
    assert "  line 5: nodes[0].type: There is no node type `transfrm`. Did you mean `transform`?" in said.err
    unknown = await shell.plait("apply", shell.write("odd.yaml", BAD + "foo: 1\n"))
    assert "  line 7: foo: " in unknown.err
    told = (await shell.plait("apply", "odd.yaml", "--json")).json
    assert (told["code"], told["errors"][0]["line"]) == ("workflow_invalid", 7)


async def test_a_file_that_is_not_there_is_one_sentence(shell: Shell) -> None:
    said = await shell.plait("apply", "nope.yaml")
    assert (said.code, said.err) == (1, "Error: There is no file nope.yaml.\n")


async def test_a_stored_workflow_is_drawn_by_its_slug(shell: Shell, expense: str) -> None:
    await shell.plait("apply", expense)
    drawn = (await shell.plait("graph", expense)).out
    assert drawn.startswith("flowchart TD\n  accTitle: Expense approval\n")
    assert (await shell.plait("graph", "expense-approval")).out == drawn
    assert (await shell.plait("graph", "expense-approval", "--version", "1")).out == drawn
    assert (await shell.plait("graph", "nope")).err == "Error: There is no such workflow.\n"


async def test_the_schema_that_a_server_gives_names_its_tools(shell: Shell) -> None:
    told = await shell.plait("schema")
    assert "flaky" in told.json["$defs"]["with.tool_call"]["properties"]["tool"]["enum"]
    assert "flaky" not in (await shell.plait("schema", "--offline")).out
