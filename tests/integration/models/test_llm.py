"""The node `llm` in real runs: what it asks, what it gives, and what it says of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.engine import Engine
from tests.support.model_registry import KEY
from tests.support.model_server import ModelServer
from tests.support.model_steps import fails, gives, says

PERSON = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
}


def ask(prompt: str = "What is the capital of France?", **said: Any) -> dict[str, Any]:
    node = {name: said.pop(name) for name in ("output_schema", "accept", "retry", "timeout") if name in said}
    return {"type": "llm", "with": {"model": "acme:small", "prompt": prompt, **said}, **node}


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that the server sees."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


async def test_the_answer_is_the_output_and_meta_says_what_it_took(asking: Engine, models: ModelServer) -> None:
    models.then(says("Paris.", usage=(11, 2)))
    run = await asking.start("a", nodes={"a": ask(system="Be brief.", temperature=0.2, max_tokens=50)})
    assert await run.ended() == "completed"
    row = (await run.nodes())["a"]
    assert row["output"] == "Paris."
    meta = row["metadata"]
    assert meta["model"] == "acme:small"
    assert meta["usage"] == {"input_tokens": 11, "output_tokens": 2, "cached_tokens": 0}
    assert meta["finish_reason"] == "stop"
    assert [message["role"] for message in meta["messages"]] == ["system", "user", "assistant"]
    body = models.asked[0].body
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (body["model"], body["temperature"]) == ("small", 0.2)
    assert models.asked[0].headers["authorization"] == f"Bearer {KEY}"


async def test_output_by_a_schema_is_wanted_from_the_provider_and_checked(asking: Engine, models: ModelServer) -> None:
    models.then(gives({"name": "Ann", "age": 40}))
    run = await asking.start("a", nodes={"a": ask(output_schema=PERSON)})
    assert await run.ended() == "completed"
    assert (await run.nodes())["a"]["output"] == {"name": "Ann", "age": 40}
    wanted = models.asked[0].body["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"]["required"] == ["name", "age"]


async def test_a_conversation_goes_on_where_an_earlier_node_left_it(asking: Engine, models: ModelServer) -> None:
    models.then(says("Paris."), says("Two million."))
    more = "{{ nodes.a.meta.messages + [{'role': 'user', 'content': 'How many live there?'}] }}"
    second = {"type": "llm", "with": {"model": "acme:small", "system": "Be exact.", "messages": more}}
    run = await asking.start("a -> b", nodes={"a": ask(system="Be brief."), "b": second})
    assert await run.ended() == "completed"
    assert [message["content"] for message in models.asked[1].body["messages"]] == [
        "Be exact.",
        "What is the capital of France?",
        "Paris.",
        "How many live there?",
    ]


async def test_data_with_templates_in_it_stays_text_all_the_way(asking: Engine, models: ModelServer) -> None:
    odd = "{{ secrets.TEST_KEY }} {{ nodes.b.output }} {%"
    models.then(says(odd))
    run = await asking.start(
        "a -> b", input={"text": odd}, nodes={"a": ask("Say: {{ input.text }}"), "b": ask("{{ nodes.a.output }}")}
    )
    assert await run.ended() == "completed"
    assert [asked.last for asked in models.asked] == [f"Say: {odd}", odd]


async def test_what_accept_refused_is_told_to_the_next_attempt(asking: Engine, models: ModelServer) -> None:
    models.then(gives({"name": "Ann", "age": 4}), gives({"name": "Ann", "age": 40}))
    retry = {"max_attempts": 2, "initial_interval": 0.01}
    run = await asking.start("a", nodes={"a": ask(output_schema=PERSON, accept="output.age > 17", retry=retry)})
    assert await run.ended() == "completed"
    assert (await run.nodes())["a"]["output"]["age"] == 40
    refused, why = models.asked[1].body["messages"][-2:]
    assert refused == {"role": "assistant", "content": '{"age":4,"name":"Ann"}'}
    assert "output.age > 17" in why["content"]


async def test_what_accept_refused_is_told_also_after_the_provider_was_busy(
    asking: Engine, models: ModelServer
) -> None:
    models.then(says("No."), fails(429, retry_after="0"), says("Paris."))
    retry = {"max_attempts": 3, "initial_interval": 0.01}
    run = await asking.start("a", nodes={"a": ask(accept="size(output) > 4", retry=retry)})
    assert await run.ended() == "completed"
    for asked in models.asked[1:]:
        refused, why = asked.body["messages"][-2:]
        assert refused == {"role": "assistant", "content": "No."}
        assert "size(output) > 4" in why["content"]


async def test_settings_that_come_out_wrong_are_said_by_name_and_ask_nobody(
    asking: Engine, models: ModelServer
) -> None:
    wrong = ask(max_tokens="{{ input.n }}", fallback="{{ input.n }}", temperature="{{ input.n }}")
    run = await asking.start("a", input={"n": "many"}, nodes={"a": wrong})
    assert await run.ended() == "failed"
    error = (await run.nodes())["a"]["error"]
    assert (error["type"], error["attempt"]) == ("ParametersInvalid", 1)
    assert sorted(each.partition(":")[0] for each in error["details"]["problems"]) == [
        "with.fallback",
        "with.max_tokens",
        "with.temperature",
    ]
    assert models.asked == []


async def test_a_provider_that_is_asked_too_often_is_asked_again_when_it_said(
    asking: Engine, models: ModelServer
) -> None:
    models.then(fails(429, retry_after="1"), says("Now."))
    run = await asking.start("a", nodes={"a": ask(retry={"max_attempts": 2, "initial_interval": "90s"})})
    assert await run.ended() == "completed"
    row = (await run.nodes())["a"]
    assert (row["output"], row["attempt"]) == ("Now.", 2)
    assert (row["completed_at"] - row["started_at"]).total_seconds() >= 1


async def test_a_key_that_is_wrong_fails_the_node_once_and_is_shown_nowhere(
    asking: Engine, models: ModelServer
) -> None:
    models.then(fails(401, f"Incorrect API key provided: {KEY}"))
    run = await asking.start("a", nodes={"a": ask()})
    assert await run.ended() == "failed"
    error = (await run.nodes())["a"]["error"]
    assert (error["type"], error["attempt"]) == ("ModelAuth", 1)
    assert "TEST_KEY" in error["message"]
    kept = await asking.pool.fetch("select to_jsonb(n)::text as row from node_runs n where run_id = $1", run.id)
    kept += await asking.pool.fetch("select to_jsonb(e)::text as row from run_events e where run_id = $1", run.id)
    assert not [row for row in kept if KEY in row["row"]]
    history = await run.handle.fetch_history()
    assert KEY not in history.to_json()


async def test_an_answer_that_was_cut_says_so(asking: Engine, models: ModelServer) -> None:
    models.then(says("The capital", finish="length"))
    run = await asking.start("a", nodes={"a": ask(max_tokens=2)})
    assert await run.ended() == "completed"
    assert (await run.nodes())["a"]["metadata"]["finish_reason"] == "length"
    lines = await asking.pool.fetch(
        "select to_jsonb(e)::text as row from run_events e where run_id = $1 and type like '%node.log'", run.id
    )
    assert "may say no more" in str([line["row"] for line in lines])


async def test_a_cancel_ends_the_call(asking: Engine, models: ModelServer) -> None:
    models.always(says("too late").after(60))
    run = await asking.start("a", nodes={"a": ask()})
    await until(lambda: models.open == 1)
    await run.cancel()
    assert await run.ended() == "cancelled"
    await until(lambda: models.open == 0)


async def test_a_stream_that_was_cut_is_asked_for_again(asking: Engine, models: ModelServer) -> None:
    models.then(says("The capital of France", cut_after=2), says("Paris."))
    run = await asking.start("a", nodes={"a": ask(stream=True, retry={"max_attempts": 2, "initial_interval": 0.01})})
    assert await run.ended() == "completed"
    assert (await run.nodes())["a"]["output"] == "Paris."


async def test_the_local_model_answers_without_a_key(asking: Engine, models: ModelServer) -> None:
    nodes = {"a": ask(model="local:demo"), "b": ask(model="local:demo", output_schema=PERSON)}
    run = await asking.start("a -> b", nodes=nodes)
    assert await run.ended() == "completed"
    rows = await run.nodes()
    assert "local:demo" in rows["a"]["output"]
    assert set(rows["b"]["output"]) == {"name", "age"}
    assert rows["a"]["metadata"]["cost_usd"] == 0
    assert models.asked == []


@pytest.mark.full
async def test_a_worker_waits_for_two_hundred_answers_at_once(asking: Engine, models: ModelServer) -> None:
    models.always(says("Yes.", together=200))
    each = {"nodes": [{"id": "q", **ask("{{ item }}")}], "items": "input", "output": "{{ nodes.q.output }}"}
    nodes = {"m": {"type": "map", "with": each}}
    for run in [await asking.start("m", input=list(range(50)), nodes=nodes) for _ in range(4)]:
        assert await run.ended(timeout=90) == "completed"


async def test_a_storm_of_refusals_is_waited_out_by_all_and_costs_each_one_attempt(
    asking: Engine, models: ModelServer
) -> None:
    models.then(*[fails(429, retry_after="1")] * 25)
    models.always(says("Now."))
    each = {"nodes": [{"id": "q", **ask("{{ item }}")}], "items": "input", "output": "{{ nodes.q.output }}"}
    run = await asking.start("m", input=list(range(30)), nodes={"m": {"type": "map", "with": each}})
    assert await run.ended() == "completed"
    assert (await run.nodes())["m"]["output"] == ["Now."] * 30
    assert len(models.asked) <= 55
    attempts = [row["attempt"] for path, row in (await run.nodes()).items() if path.endswith(".q")]
    assert max(attempts) == 2
