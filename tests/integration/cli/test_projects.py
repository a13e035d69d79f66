"""Files and folders against a server: apply, diff, export, import."""

from tests.integration.cli.support import Shell

ONE = "plait: 1\nslug: one\nnodes:\n  - {id: a, type: transform, with: {value: 1}}\n"
TWO = "plait: 1\nslug: two\nnodes:\n  - {id: a, type: subworkflow, with: {workflow: one, input: {}}}\n"
BAD = ONE.replace("slug: one", "slug: three").replace("type: transform", "type: transfrm")


async def test_a_folder_is_applied_whole_or_not_at_all(shell: Shell) -> None:
    (shell.folder / "flows").mkdir()
    # The first by name runs the second.
    for name, text in (("a.yaml", TWO), ("b.yaml", ONE), ("c.yaml", BAD), ("notes.yaml", "just: notes\n")):
        shell.write(f"flows/{name}", text)
    refused = await shell.plait("apply", "flows")
    assert refused.code == 1
    message = "Error: Nothing was saved: there is one problem.\n  line 4: flows/c.yaml: nodes[0].type: "
    assert refused.err.startswith(message)
    (shell.folder / "flows" / "c.yaml").unlink()
    new = await shell.plait("diff", "flows")
    assert (new.code, new.out) == (1, "two is new: flows/a.yaml\none is new: flows/b.yaml\n")
    assert (await shell.plait("apply", "flows")).out == "Stored one as version 1.\nStored two as version 1.\n"
    same = await shell.plait("diff", "flows")
    assert (same.code, same.out) == (0, "")


async def test_diff_that_cannot_be_made_is_told_from_one_that_differs(shell: Shell) -> None:
    said = await shell.plait("diff", "nope.yaml")
    assert (said.code, said.err) == (2, "Error: There is no file nope.yaml.\n")


async def test_a_project_is_taken_out_changed_and_put_in(shell: Shell) -> None:
    await shell.plait("apply", shell.write("one.yaml", ONE))
    assert (await shell.plait("export", "out")).out == "Wrote 6 files to out.\n"
    out = shell.folder / "out"
    assert (out / "workflows" / "one.yaml").read_text() == ONE
    (out / "environments" / "prod.yaml").write_text("protected: true\nvariables: {REGION: us}\n")
    dry = await shell.plait("import", "out", "--dry-run")
    assert dry.out == "prod.REGION would be set.\n1 workflow unchanged.\n"
    assert (await shell.plait("import", "out")).out == "prod.REGION was set.\n1 workflow unchanged.\n"
    assert (await shell.plait("export", "out.zip")).code == 0
    assert (await shell.plait("import", "out.zip")).out == "1 workflow unchanged.\n"
