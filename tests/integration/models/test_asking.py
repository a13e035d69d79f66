"""From a request to an answer that was paid for: schemas and their repair, other models, limits, media."""

import asyncio
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from activities.models.messages import user
from plait.models import RateLimits, resolve
from plait.store.models import Models
from plait.store.pool import open_pool
from tests.support.asking import Asker
from tests.support.http_server import HttpServer
from tests.support.model_registry import KEY, registry_at
from tests.support.model_steps import calls, fails, gives, recorded, says
from tests.support.proxy import proxied

AGE = {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer", "minimum": 0}}}


async def test_output_that_does_not_fit_is_set_right_by_saying_what_is_wrong(asker: Asker) -> None:
    context = await asker.context()
    answer = await asker(gives({"age": -1}), says("no JSON"), gives({"age": 4}), context=context, output_schema=AGE)
    assert answer.output == {"age": 4}
    last = asker.server.asked[2].body["messages"]
    assert last[-2:] == [
        {"role": "assistant", "content": "no JSON"},
        {"role": "user", "content": last[-1]["content"]},
    ]
    assert "the answer is not JSON" in last[-1]["content"]
    # Each round was paid for, and is counted.
    assert (answer.calls, answer.usage.input_tokens, answer.usage.output_tokens) == (3, 33, 21)
    assert [row["status"] for row in await asker.spending(context)] == ["spent"] * 3


async def test_output_that_never_fits_ends_with_the_text_that_was_refused(asker: Asker) -> None:
    asker.server.always(says("x" * 5000))
    error = await asker.failure(output_schema=AGE)
    assert (error.type, error.retryable, len(asker.server.asked)) == ("OutputInvalid", True, 3)
    assert error.details["problems"] == ["the answer is not JSON"]
    assert len(error.details["text"]) < 1000


async def test_output_that_was_cut_says_that_it_may_be_longer(asker: Asker) -> None:
    asker.server.always(says('{"age": ', finish="length"))
    assert "max_tokens" in (await asker.failure(output_schema=AGE, max_tokens=3)).message


@pytest.mark.parametrize(
    "text", ['```json\n{"age": 4}\n```', 'Here it is: {"age": 4}. Anything else?', ' {"age": 4}\n']
)
async def test_json_is_found_in_what_models_put_around_it(asker: Asker, text: str) -> None:
    assert (await asker(says(text), output_schema=AGE)).output == {"age": 4}


async def test_a_model_that_calls_a_tool_owes_no_output_yet(asker: Asker) -> None:
    answer = await asker(calls(("find", {})), output_schema=AGE)
    assert (answer.output, answer.calls) == (None, 1)


async def test_characters_that_postgres_keeps_in_no_text_are_replaced(asker: Asker) -> None:
    odd = {"a": ["\0", "\ud800"]}
    answer = await asker(says("Par\0is \ud800!"))
    assert answer.text == "Par\ufffdis ?!"
    called = await asker(calls(("find", odd), ("find", "\0")))
    assert [call.args for call in called.tool_calls] == [{"a": ["\ufffd", "?"]}, {}]


async def test_a_refusal_is_a_failure_that_no_repeat_mends_and_is_paid(asker: Asker) -> None:
    context = await asker.context()
    error = await asker.failure(says("", refusal="I cannot.", finish="content_filter"), context=context)
    assert (error.type, error.retryable, error.details) == ("ModelRefused", False, {"refusal": "I cannot."})
    assert [row["status"] for row in await asker.spending(context)] == ["spent"]


async def test_the_next_model_is_asked_where_one_cannot_answer(asker: Asker) -> None:
    fallback = ("keyless:x", "gone:x", "claude:claude-haiku-4-5")
    answer = await asker(fails(503), says("Here."), fallback=fallback)
    assert (answer.text, answer.model) == ("Here.", "claude:claude-haiku-4-5")
    assert [(each["model"], each["error"]) for each in answer.tried] == [
        ("acme:small", "ModelUnavailable"),
        ("keyless:x", "ModelAuth"),
        ("gone:x", "ModelUnavailable"),
    ]


async def test_no_other_model_is_asked_where_the_question_is_wrong(asker: Asker) -> None:
    error = await asker.failure(recorded("openai_context.json", 400), fallback=("claude:claude-haiku-4-5",))
    assert (error.type, len(asker.server.asked)) == ("ContextTooLong", 1)


async def test_where_none_answers_the_first_that_may_is_waited_for(asker: Asker) -> None:
    steps = fails(429, retry_after="9"), fails(503, retry_after="4"), fails(401)
    error = await asker.failure(*steps, fallback=("claude:claude-haiku-4-5", "gemini:gemini-2.5-flash"))
    assert (error.type, error.retryable, error.retry_after) == ("ModelAuth", True, 4)
    assert [each["error"] for each in error.details["tried"]] == ["RateLimited", "ModelUnavailable", "ModelAuth"]


async def test_a_model_that_nobody_knows_is_said_by_name(asker: Asker) -> None:
    error = await asker.failure(model="acm:small")
    assert (error.type, error.retryable) == ("ModelUnknown", False)
    assert "Did you mean `acme`?" in error.message


async def test_an_alias_stands_for_its_model(asker: Asker) -> None:
    assert (await asker(model="quick")).model == "acme:small"


async def test_a_key_that_the_worker_does_not_have_is_asked_for_by_name(asker: Asker) -> None:
    error = await asker.failure(model="keyless:x")
    assert (error.type, error.retryable) == ("ModelAuth", False)
    assert "PLAIT_SECRET_NO_SUCH_KEY" in error.message


async def test_the_key_of_an_environment_stands_before_the_shared_one(asker: Asker) -> None:
    asker.services.secrets = {"TEST_KEY": KEY, "DEV_TEST_KEY": "sk-of-dev"}
    await asker()
    assert asker.server.asked[0].headers["authorization"] == "Bearer sk-of-dev"


async def test_what_was_not_billed_is_given_back_and_what_may_have_been_is_not(asker: Asker) -> None:
    context = await asker.context()
    await asker.failure(fails(500), context=context)
    await asker.failure(says("a b c", cut_after=2), context=context, stream=True)
    assert [row["status"] for row in await asker.spending(context)] == ["released", "reserved"]


async def test_a_server_that_tells_no_usage_is_counted_by_what_is_seen(asker: Asker) -> None:
    answer = await asker(says("x" * 300, usage=None))
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens == 100


async def test_everybody_with_the_key_waits_after_one_was_told_to(asker: Asker) -> None:
    error = await asker.failure(fails(429, retry_after="500"))
    assert error.retry_after == 500
    held = await asker.failure()
    assert held.type == "RateLimited"
    assert held.retry_after is not None
    assert 450 < held.retry_after <= 500
    assert len(asker.server.asked) == 1


async def test_a_short_wait_is_waited_out_and_told(asker: Asker) -> None:
    await asker.failure(fails(429, retry_after="3"))
    started = asyncio.get_running_loop().time()
    assert (await asker(says("Now."))).text == "Now."
    assert asyncio.get_running_loop().time() - started > 1
    assert asker.told
    assert asker.told[0].endswith("s for its turn with acme")


async def test_no_more_requests_than_allowed_are_let_through(asker: Asker) -> None:
    asker.services.models = Models(asker.services.pool, registry_at(asker.server, RateLimits(requests_per_minute=2)))
    await asker()
    await asker()
    # With another model to ask it does not wait half a minute for its turn.
    error = await asker.failure(fallback=("keyless:x",))
    assert error.details["tried"][0]["error"] == "RateLimited"
    assert len(asker.server.asked) == 2


async def test_tokens_are_counted_as_they_were_taken(asker: Asker) -> None:
    limits = RateLimits(tokens_per_minute=4_000)
    asker.services.models = Models(asker.services.pool, registry_at(asker.server, limits))
    await asker(says("Long.", usage=(3_900, 90)), max_tokens=10)
    error = await asker.failure(fallback=("keyless:x",))
    assert error.details["tried"][0]["error"] == "RateLimited"


async def test_images_and_files_are_sent_as_they_are(asker: Asker, http_server: HttpServer, tmp_path: Path) -> None:
    of_file = b"\x89PNG\r\n\x1a\n of a file"
    (tmp_path / "a.bin").write_bytes(of_file)
    data = b64encode(b"heic of data").decode()
    content: list[dict[str, Any]] = [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "file": "a.bin"},
        {"type": "image", "data": data, "media_type": "image/heic"},
        {"type": "file", "url": f"{http_server.url}/bytes", "media_type": "image/webp"},
    ]
    await asker(messages=[user(content)])
    sent = asker.server.asked[0].body["messages"][0]["content"]
    assert [part["type"] for part in sent] == ["text", "image_url", "image_url", "image_url"]
    assert sent[1]["image_url"]["url"] == f"data:image/png;base64,{b64encode(of_file).decode()}"
    assert sent[3]["image_url"]["url"].startswith("data:image/webp;base64,")


@pytest.mark.parametrize(
    ("part", "says_"),
    [
        ({"type": "image", "file": "../secret.png"}, "secret.png"),
        ({"type": "image", "file": "none.png"}, "there is no file"),
        ({"type": "image", "data": "%%%", "media_type": "image/png"}, "base64"),
        ({"type": "image", "data": "AAAA", "media_type": "image/png"}, "`data` is no image (image/png)"),
        ({"type": "file", "url": "ftp://example.com/a"}, "no address of the web"),
        ({"type": "file", "url": "nothing"}, "no address of the web"),
    ],
)
async def test_media_that_are_not_there_are_a_clear_failure(asker: Asker, part: dict[str, Any], says_: str) -> None:
    error = await asker.failure(messages=[user([part])])
    assert (error.type, error.retryable) == ("MediaInvalid", False)
    assert says_ in error.message
    assert asker.server.asked == []


async def test_media_that_are_too_large_are_not_read_to_their_end(asker: Asker, http_server: HttpServer) -> None:
    error = await asker.failure(messages=[user([{"type": "file", "url": f"{http_server.url}/huge/30"}])])
    assert "20 MiB" in error.message
    with (asker.services.files_dir / "huge.pdf").open("wb") as file:
        file.truncate(30 * 1024 * 1024)
    error = await asker.failure(messages=[user([{"type": "file", "file": "huge.pdf"}])])
    assert "has 31,457,280 bytes; at most 20,971,520 can be read" in error.message


async def test_media_that_are_too_many_together_are_refused(asker: Asker) -> None:
    with (asker.services.files_dir / "large.pdf").open("wb") as file:
        file.truncate(18 * 1024 * 1024)
    error = await asker.failure(messages=[user([{"type": "file", "file": "large.pdf"}] * 3)])
    assert (error.type, "50 MiB" in error.message) == ("MediaInvalid", True)


async def test_an_answer_that_an_attempt_got_and_could_not_record_is_used(asker: Asker) -> None:
    first = await asker.context()
    answer = await asker(says("Paid once."), context=first)
    again = replace(first, attempt=2)
    assert await asker(context=again) == answer
    assert len(asker.server.asked) == 1


async def test_a_look_up_that_postgres_does_not_answer_is_made_again_in_the_same_attempt(
    asker: Asker, database: str
) -> None:
    context, other = await asker.context(), await asker.context()
    answer = await asker(says("Paid once."), context=context)
    async with proxied(database) as (address, proxy):
        asker.services.pool = through = await open_pool(address)
        asker.services.models = Models(through, registry_at(asker.server))
        proxy.lose_reply_to = UUID(context.run_id).bytes
        assert await asker(context=replace(context, attempt=2)) == answer
        proxy.lose_reply_to = context.task.project.encode()
        assert (await asker(says("And again."), context=other)).text == "And again."
        assert proxy.lost == 2
        await through.close()


async def test_the_model_of_the_run_s_start_is_asked_whatever_the_alias_is_now(asker: Asker) -> None:
    context = await asker.context()
    pinned = replace(context.uses, models={"fast": "acme:of-then"})
    answer = await asker(context=replace(context, uses=pinned), model="fast")
    assert answer.model == resolve("acme:of-then", registry_at(asker.server)).reference


async def test_two_hundred_answers_are_waited_for_at_once(asker: Asker) -> None:
    asker.server.always(says("Yes.", together=200))
    context = await asker.context()
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(asker(context=context) for _ in range(200)))
    assert {answer.text for answer in answers} == {"Yes."}
