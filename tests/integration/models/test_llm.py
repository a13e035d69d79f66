"""The node `llm` in real runs: what it asks, what it gives, and what it says of it."""

from typing import Any

from tests.support.engine import Engine
from tests.support.model_registry import KEY
from tests.support.model_server import ModelServer
from tests.support.model_steps import gives, says

PERSON = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
}


def ask(prompt: str = "What is the capital of France?", **said: Any) -> dict[str, Any]:
    node = {name: said.pop(name) for name in ("output_schema", "accept", "retry", "timeout") if name in said}
    return {"type": "llm", "with": {"model": "acme:small", "prompt": prompt, **said}, **node}


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
