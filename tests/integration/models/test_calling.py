"""One call over the real wire: what a provider's answers and failures become."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from activities.kind import NodeError
from activities.models.calling import Patience, call
from activities.models.messages import Call, assistant, checked, system, tool, user
from activities.models.request import ModelRequest, Said, ToolSpec
from plait.clock import now
from plait.egress import open_egress
from plait.models import Resolved, resolve
from tests.support.model_registry import KEY, registry_at
from tests.support.model_server import ModelServer
from tests.support.model_steps import Step, calls, fails, gives, malformed, recorded, says

ASKED = ModelRequest("acme:small", [user("What is the capital of France?")])
FIND = ToolSpec("crm.find", "Finds a customer.", {"type": "object", "properties": {"name": {"type": "string"}}})
AGE = {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer"}}}
QUICK = Patience(first=2, idle=2)


@pytest.fixture(scope="module")
async def egress() -> AsyncIterator[httpx2.AsyncClient]:
    """The way out of this module's calls."""
    async with open_egress("127.0.0.0/8") as client:
        yield client


class Caller:
    """Calls the models of one server."""

    def __init__(self, client: httpx2.AsyncClient, server: ModelServer) -> None:
        self.client, self.server, self.told = client, server, list[str]()

    def model(self, reference: str = "acme:small") -> Resolved:
        return resolve(reference, registry_at(self.server))

    async def __call__(self, request: ModelRequest = ASKED, model: str = "acme:small", **said: Any) -> Said:
        return await call(self.client, self.model(model), KEY, request, {}, self.told.append, **said)

    async def failure(self, *steps: Step, request: ModelRequest = ASKED, **said: Any) -> NodeError:
        self.server.then(*steps)
        with pytest.raises(NodeError) as caught:
            await self(request, **said)
        return caught.value


@pytest.fixture
def caller(egress: httpx2.AsyncClient, models: ModelServer) -> Caller:
    """Calls the models of the test's own server."""
    return Caller(egress, models)


@pytest.mark.parametrize(
    ("model", "file", "tokens"),
    [
        ("acme:small", "openai_text.json", (1214, 8, 1024)),
        ("claude:claude-3-haiku-20240307", "anthropic_text.json", (14, 10, 0)),
        ("gemini:gemini-2.5-flash", "google_text.json", (8, 30, 0)),
    ],
)
async def test_each_provider_s_answer_is_read_with_what_it_took(
    caller: Caller, model: str, file: str, tokens: tuple[int, int, int]
) -> None:
    caller.server.then(recorded(file))
    said = await caller(model=model)
    assert said.text == "The capital of France is Paris."
    assert (said.usage.input_tokens, said.usage.output_tokens, said.usage.cached_tokens) == tokens
    assert said.finish_reason == "stop"
    assert len(caller.server.asked) == 1


async def test_a_stream_is_told_piece_by_piece_and_comes_to_the_whole_answer(caller: Caller) -> None:
    caller.server.then(says("The capital is Paris.", usage=(9, 5)))
    said = await caller(replace(ASKED, stream=True))
    assert said.text == "".join(caller.told) == "The capital is Paris."
    assert len(caller.told) == 4
    assert (said.usage.input_tokens, said.usage.output_tokens) == (9, 5)


async def test_anthropic_streams_too(caller: Caller) -> None:
    caller.server.then(recorded("anthropic_stream.sse"))
    said = await caller(replace(ASKED, stream=True), "claude:claude-haiku-4-5")
    assert said.text == "".join(caller.told) == "The capital of France is Paris."
    assert said.usage.output_tokens == 10


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_goes_by_a_name_that_providers_take_and_its_call_comes_back_by_its_own(
    caller: Caller, *, stream: bool
) -> None:
    caller.server.then(calls(("crm_find", {"name": "Ann"})))
    said = await caller(replace(ASKED, tools=(FIND,), stream=stream))
    assert caller.server.asked[0].body["tools"][0]["function"]["name"] == "crm_find"
    assert [(each.name, each.args) for each in said.calls] == [("crm.find", {"name": "Ann"})]
    assert said.finish_reason == "tool_call"


async def test_a_recorded_stream_of_a_call_is_put_together(caller: Caller) -> None:
    caller.server.then(recorded("openai_tools.sse"))
    said = await caller(replace(ASKED, tools=(FIND,), stream=True))
    assert [(each.id, each.name, each.args) for each in said.calls] == [
        ("call_hV0sLr2mYxk9", "crm.find", {"name": "Ann"})
    ]


@pytest.mark.parametrize("written", ['{"name": "An', "[1]", "3"])
async def test_arguments_that_are_no_object_are_kept_as_they_were_written(caller: Caller, written: str) -> None:
    caller.server.then(calls(("crm_find", written)))
    said = await caller(replace(ASKED, tools=(FIND,)))
    assert (said.calls[0].args, said.calls[0].malformed) == ({}, written)
    assert said.message["tool_calls"][0]["malformed"] == written


async def test_a_tool_that_was_not_offered_is_called_by_the_name_the_model_gave_it(caller: Caller) -> None:
    caller.server.then(calls(("delete_everything", {})))
    assert (await caller(replace(ASKED, tools=(FIND,)))).calls[0].name == "delete_everything"


async def test_a_conversation_with_calls_is_repeated_as_it_was(caller: Caller) -> None:
    call_ = Call(id="call_9", name="crm.find", args={"name": "Ann"})
    said = [
        system("Help."),
        user("Who is Ann?"),
        assistant("", [call_]),
        tool(call_, "A customer."),
        user("Since when?"),
    ]
    await caller(replace(ASKED, messages=checked(said), tools=(FIND,)))
    sent = caller.server.asked[0].body["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "tool", "user"]
    assert sent[2]["tool_calls"][0]["function"]["name"] == "crm_find"
    assert sent[3]["tool_call_id"] == sent[2]["tool_calls"][0]["id"] == "call_9"


@pytest.mark.parametrize(
    ("step", "type_", "wait"),
    [
        (fails(429, retry_after="7"), "RateLimited", 7),
        (fails(429, retry_after_ms="1500"), "RateLimited", 1.5),
        (recorded("openai_limit.json", 429), "RateLimited", None),
        (fails(503, retry_after="3"), "ModelUnavailable", 3),
        (fails(500), "ModelUnavailable", None),
        (fails(529), "ModelUnavailable", None),
        (malformed(), "ModelUnavailable", None),
        (Step(body=b'{"id": "1", "object": "chat.completion", "choices": []}'), "ModelUnavailable", None),
    ],
)
async def test_what_may_go_well_later_is_tried_again_when_the_provider_says(
    caller: Caller, step: Step, type_: str, wait: float | None
) -> None:
    error = await caller.failure(step)
    assert (error.type, error.retryable, error.retry_after) == (type_, True, wait)
    assert len(caller.server.asked) == 1  # Temporal asks again, nobody else


async def test_retry_after_may_be_a_date(caller: Caller) -> None:
    date = format_datetime(now() + timedelta(seconds=30), usegmt=True)
    error = await caller.failure(fails(429, retry_after=date))
    assert error.retry_after is not None
    assert 25 < error.retry_after <= 30


@pytest.mark.parametrize(
    ("step", "type_"),
    [
        (recorded("openai_key.json", 401), "ModelAuth"),
        (fails(403), "ModelAuth"),
        (fails(404, code="model_not_found"), "ModelUnknown"),
        (recorded("openai_context.json", 400), "ContextTooLong"),
        (recorded("openai_quota.json", 429), "QuotaExceeded"),
        (recorded("azure_filter.json", 400), "ModelRefused"),
        (fails(400, "temperature must be at most 2"), "ModelRequestInvalid"),
        (fails(422), "ModelRequestInvalid"),
    ],
)
async def test_what_goes_no_better_is_not_tried_again(caller: Caller, step: Step, type_: str) -> None:
    error = await caller.failure(step)
    assert (error.type, error.retryable) == (type_, False)


async def test_a_failure_names_the_secret_and_never_the_key(caller: Caller) -> None:
    error = await caller.failure(recorded("openai_key.json", 401))
    assert "PLAIT_SECRET_TEST_KEY" in error.message
    assert KEY[:8] not in f"{error.message} {error.details}"


@pytest.mark.parametrize(
    ("model", "step", "type_", "wait"),
    [
        ("claude:claude-haiku-4-5", recorded("anthropic_overloaded.json", 529), "ModelUnavailable", None),
        ("gemini:gemini-2.5-flash", recorded("google_limit.json", 429), "RateLimited", 12),
    ],
)
async def test_the_failures_of_other_providers_are_the_same_ones(
    caller: Caller, model: str, step: Step, type_: str, wait: float | None
) -> None:
    error = await caller.failure(step, model=model)
    assert (error.type, error.retryable, error.retry_after) == (type_, True, wait)
    assert len(caller.server.asked) == 1


async def test_a_stream_that_is_cut_is_no_answer(caller: Caller) -> None:
    error = await caller.failure(says("The capital is Paris.", cut_after=2), request=replace(ASKED, stream=True))
    assert (error.type, error.retryable, error.details) == ("ModelUnavailable", True, {"maybe_billed": True})


async def test_a_stream_that_just_ends_is_no_answer_either(caller: Caller) -> None:
    half = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Par"}}]}\n\n'
    step = Step(body=half, headers={"content-type": "text/event-stream"})
    assert (await caller.failure(step, request=replace(ASKED, stream=True))).type == "ModelUnavailable"


@pytest.mark.parametrize("step", [says("late").after(5), says("a b c", pause=5)])
async def test_a_stream_that_is_silent_for_too_long_is_given_up(caller: Caller, step: Step) -> None:
    error = await caller.failure(step, request=replace(ASKED, stream=True), patience=QUICK)
    assert (error.type, error.retryable) == ("ModelTimeout", True)


async def test_a_slow_stream_that_keeps_talking_is_waited_for(caller: Caller) -> None:
    caller.server.then(says("one two three four five", pause=0.4))
    assert (await caller(replace(ASKED, stream=True), patience=QUICK)).text == "one two three four five"


async def test_a_server_without_structured_output_is_told_of_the_schema_in_words_from_then_on(caller: Caller) -> None:
    refused = fails(400, "response_format of type json_schema is not supported")
    caller.server.then(refused, gives({"age": 4}), gives({"age": 5}))
    asked = replace(ASKED, output_schema=AGE)
    assert (await caller(asked)).text == '{"age": 4}'
    await caller(asked)
    bodies = [each.body for each in caller.server.asked]
    assert ["response_format" in body for body in bodies] == [True, False, False]
    assert '"age"' in bodies[2]["messages"][0]["content"]


async def test_a_schema_that_the_provider_turns_down_is_told_in_words_this_time(caller: Caller) -> None:
    caller.server.then(fails(400, "too many unions"), gives({"age": 4}), gives({"age": 5}))
    asked = replace(ASKED, model="acme:picky", output_schema=AGE)
    assert (await caller(asked, "acme:picky")).text == '{"age": 4}'
    await caller(asked, "acme:picky")
    assert ["response_format" in each.body for each in caller.server.asked] == [True, False, True]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object"}}}},
        {"type": "object", "properties": {"next": {"$ref": "#"}}},
    ],
)
async def test_what_anthropic_could_only_leave_empty_is_told_in_words(caller: Caller, schema: dict[str, Any]) -> None:
    caller.server.then(gives({}))
    await caller(replace(ASKED, output_schema=schema), "claude:claude-haiku-4-5")
    (asked,) = caller.server.asked
    assert "output_config" not in asked.body
    assert "JSON Schema" in str(asked.body["system"])


async def test_a_schema_that_is_no_object_is_told_in_words(caller: Caller) -> None:
    caller.server.then(gives([1]))
    await caller(replace(ASKED, output_schema={"type": "array", "items": {"type": "integer"}}))
    assert "response_format" not in caller.server.asked[0].body


@pytest.mark.parametrize("model", ["claude:claude-haiku-4-5", "gemini:gemini-2.5-flash"])
async def test_other_providers_are_told_of_the_schema_by_their_own_means(caller: Caller, model: str) -> None:
    caller.server.then(gives({"age": 4}))
    await caller(replace(ASKED, output_schema=AGE), model)
    assert '"integer"' in str(caller.server.asked[0].body).replace("'", '"').lower()


async def test_nothing_listens_where_the_provider_should_be(caller: Caller) -> None:
    error = await caller.failure(model="gone:x")
    assert (error.type, error.retryable, error.details) == ("ModelUnavailable", True, {})
    assert f"the connection to gone:x at {caller.model('gone:x').base_url} failed: All connection" in error.message


async def test_a_404_that_names_no_model_may_mean_the_address(caller: Caller) -> None:
    elsewhere = await caller.failure(Step(status=404, body=b"<h1>Not found</h1>"))
    assert f"answers 404 at {caller.server.base_url}" in elsewhere.message
    assert "base_url" not in (await caller.failure(fails(404, code="model_not_found"))).message


async def test_a_private_address_that_was_not_allowed_is_not_asked(caller: Caller) -> None:
    async with open_egress() as client:
        with pytest.raises(NodeError) as caught:
            await call(client, caller.model(), KEY, ASKED, {}, caller.told.append)
    assert (caught.value.type, caught.value.retryable) == ("EgressRefused", False)
    assert caller.server.asked == []


@pytest.mark.parametrize(
    ("model", "name"),
    [("small", "max_tokens"), ("gpt-5-mini", "max_completion_tokens"), ("openai/o4-mini", "max_completion_tokens")],
)
async def test_the_longest_answer_goes_by_the_name_that_the_model_s_server_knows(
    caller: Caller, model: str, name: str
) -> None:
    await caller(replace(ASKED, max_tokens=9), f"acme:{model}")
    body = caller.server.asked[0].body
    assert {key: value for key, value in body.items() if key.startswith("max_")} == {name: 9}
