"""Data that looks like an expression stays text at every hop: nothing that a run carries is read as one."""

from tests.support.engine import Engine

HOSTILE = "{{ vars.secret }} {{ 7 * 7 }} {{ '{{' }} ${7*7} {% if x %} {{ nodes.copy"


async def test_what_comes_in_by_input_tool_and_form_comes_out_as_it_was(engine: Engine) -> None:
    run = await engine.start(
        "copy -> (shape, listed) -> both -> sign_off -[approved]-> publish",
        nodes={
            "copy": {"with": {"tool": "work", "args": {"value": "{{ input }}"}}, "accept": f"output.text != '{HOSTILE[:2]}'"},
            "shape": {
                "type": "transform",
                "when": "nodes.copy.output.text.startsWith('{{ vars')",
                "with": {"value": {"{{ input.text }}": "so: {{ nodes.copy.output.text }}"}},
            },
            "listed": {"type": "transform", "with": {"value": "{{ [input.text].map(one, one + '!') }}"}},
            "both": {"type": "join", "with": {"merge": "list"}},
            "sign_off": {
                "type": "human_gate",
                "with": {
                    "title": "Sign {{ input.text }}",
                    "approvers": ["group:legal"],
                    "show": [{"label": "Text", "value": "{{ nodes.shape.output }}"}],
                    "prefill": {"note": "{{ input.text }}"},
                    "form": {"type": "object", "properties": {"note": {"default": HOSTILE}}},
                },
            },
            "publish": {"with": {"tool": "work", "args": {"value": ["{{ nodes.sign_off.output.form.note }}", "{{ nodes.both.output }}"]}}},
        },
        vars={"secret": "s3cr3t"},
        input={"text": HOSTILE},
        output={"published": "{{ nodes.publish.output }}", "title": "{{ input.text }}", "copied": "{{ nodes.copy.output.text }}"},
    )  # fmt: skip
    await run.until("sign_off", "waiting")
    gate = await engine.pool.fetchrow("select * from gates where run_id = $1", run.id)
    assert gate is not None
    assert gate["title"] == f"Sign {HOSTILE}"
    await run.vote("sign_off", "approved", form={"note": HOSTILE})
    assert await run.ended() == "completed"
    output = (await run.row())["output"]
    built = [{"{{ input.text }}": f"so: {HOSTILE}"}, [f"{HOSTILE}!"]]
    assert output == {"published": [HOSTILE, built], "title": HOSTILE, "copied": HOSTILE}
    rows = await run.nodes()
    assert rows["publish"]["input"]["args"]["value"] == [HOSTILE, built]
    assert "s3cr3t" not in str([dict(row) for row in rows.values()])
