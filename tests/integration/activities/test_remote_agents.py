"""Agents that answer elsewhere, against a real A2A server."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from activities.agents.remote import ask_remote
from activities.kind import NodeContext, NodeError
from activities.models.messages import assistant, user
from plait.agents import RemoteAgent
from plait.egress import open_egress
from tests.support.a2a_server import A2aServer, running_a2a_server
from tests.support.nodes import Node

SCORE: dict[str, Any] = {"type": "object", "required": ["value"], "properties": {"value": {"type": "integer"}}}


@pytest.fixture
async def server() -> AsyncIterator[A2aServer]:
    async with running_a2a_server() as server:
        yield server


def agent(server: A2aServer, **said: Any) -> RemoteAgent:
    return RemoteAgent(kind="a2a", url=server.url, **said)


def context(*reaches: str, secrets: dict[str, str] | None = None) -> NodeContext:
    found = Node("http_request", egress=open_egress(",".join(reaches))).context
    found.services.secrets = secrets or {}
    return found


async def failure(server: A2aServer, task: str, **said: Any) -> NodeError:
    with pytest.raises(NodeError) as error:
        await ask_remote(context(server.address), "helper", agent(server, **said), [user(task)])
    return error.value


async def test_a_task_is_followed_to_its_answer(server: A2aServer) -> None:
    message, output = await ask_remote(context(server.address), "helper", agent(server), [user("say hello")])
    assert (message, output) == ({"role": "assistant", "content": "hello"}, "hello")


async def test_an_agent_may_answer_without_a_task(server: A2aServer) -> None:
    _, output = await ask_remote(context(server.address), "helper", agent(server), [user("now hello")])
    assert output == "hello"


async def test_a_conversation_is_sent_whole_with_who_said_what(server: A2aServer) -> None:
    said = [user("Who?"), assistant("Ana."), user("say it")]
    await ask_remote(context(server.address), "helper", agent(server), said)
    assert server.helper.heard == ["user: Who?\n\nassistant: Ana.\n\nuser: say it"]


async def test_data_is_the_output_where_it_fits_the_schema_with_whole_numbers_whole(server: A2aServer) -> None:
    wanted = agent(server, output_schema=SCORE)
    _, output = await ask_remote(context(server.address), "helper", wanted, [user("score abc")])
    assert output == {"value": 3, "of": "abc"}
    assert isinstance(output, dict)
    assert isinstance(output["value"], int)


async def test_text_that_is_json_is_the_output_where_it_fits_the_schema(server: A2aServer) -> None:
    wanted = agent(server, output_schema=SCORE)
    _, output = await ask_remote(context(server.address), "helper", wanted, [user('say {"value": 7}')])
    assert output == {"value": 7}


async def test_an_answer_that_does_not_fit_is_a_typed_failure(server: A2aServer) -> None:
    assert (await failure(server, "say seven", output_schema=SCORE)).type == "OutputInvalid"


async def test_an_agent_that_wants_more_is_a_failure_that_says_what(server: A2aServer) -> None:
    error = await failure(server, "ask")
    assert (error.type, error.retryable, error.details["said"]) == ("AgentInputRequired", False, "Which contract?")


async def test_a_task_that_fails_is_a_failure_that_is_not_tried_again(server: A2aServer) -> None:
    error = await failure(server, "fail")
    assert (error.type, error.retryable, error.details["said"]) == ("AgentFailed", False, "The archive is closed.")


async def test_a_cancel_is_handed_on_to_the_agent(server: A2aServer) -> None:
    asking = asyncio.create_task(ask_remote(context(server.address), "helper", agent(server), [user("wait")]))
    await server.helper.started.wait()
    await asyncio.sleep(0.3)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(server.helper.cancelled) == 1


async def test_the_attempt_after_one_that_died_follows_the_task_that_it_began(server: A2aServer) -> None:
    first = context(server.address)
    kept: list[dict[str, Any]] = []

    async def keep() -> None:
        kept.append(dict(first.meta))

    first.keep = keep
    await ask_remote(first, "helper", agent(server), [user("say hello")])
    second = context(server.address)
    second.kept = kept[0]
    _, output = await ask_remote(second, "helper", agent(server), [user("say hello")])
    assert (output, server.helper.heard) == ("hello", ["say hello"])


async def test_a_task_that_is_gone_or_was_cancelled_is_begun_anew(server: A2aServer) -> None:
    await test_a_cancel_is_handed_on_to_the_agent(server)
    for task in ("nobody knows it", server.helper.cancelled[0]):
        again = context(server.address)
        again.kept = {"task": task}
        _, output = await ask_remote(again, "helper", agent(server), [user("say hello")])
        assert (output, again.meta["task"] != task) == ("hello", True)


async def test_the_same_attempt_sends_the_same_message_id_again(server: A2aServer) -> None:
    for _ in range(2):
        await ask_remote(context(server.address), "helper", agent(server), [user("now hello")])
    assert len(server.helper.messages) == 2
    assert len(set(server.helper.messages)) == 1


async def test_the_token_is_a_secret_of_the_worker_and_goes_with_every_request() -> None:
    async with running_a2a_server(key="s3cret") as server:
        known = context(server.address, secrets={"PARTNER": "s3cret"})
        _, output = await ask_remote(known, "helper", agent(server, secret="PARTNER"), [user("now hello")])
        assert output == "hello"
        assert set(server.helper.tokens) == {"Bearer s3cret"}
        refused = await failure(server, "now hello")
        assert (refused.type, refused.details["status"]) == ("AgentUnavailable", 401)


async def test_the_token_goes_to_no_other_address_that_the_card_names(server: A2aServer) -> None:
    named_otherwise = RemoteAgent(kind="a2a", url=f"http://localhost:{server.port}", secret="PARTNER")
    known = context(server.address, f"localhost:{server.port}", secrets={"PARTNER": "s3cret"})
    await ask_remote(known, "helper", named_otherwise, [user("now hello")])
    assert server.helper.tokens == ["Bearer s3cret", None]


async def test_a_secret_that_no_worker_has_is_named(server: A2aServer) -> None:
    error = await failure(server, "now hello", secret="PARTNER")
    assert (error.type, "PLAIT_SECRET_PARTNER" in error.message) == ("SecretNotSet", True)


async def test_an_agent_at_an_address_that_may_not_be_reached_is_refused(server: A2aServer) -> None:
    with pytest.raises(NodeError) as error:
        await ask_remote(context(), "helper", agent(server), [user("now hello")])
    assert error.value.type == "EgressRefused"


async def test_an_agent_that_does_not_answer_is_asked_again(server: A2aServer) -> None:
    gone = RemoteAgent(kind="a2a", url="http://127.0.0.1:1")
    with pytest.raises(NodeError) as error:
        await ask_remote(context("127.0.0.1:1"), "helper", gone, [user("now hello")])
    assert (error.value.type, error.value.retryable) == ("AgentUnavailable", True)


async def test_what_is_no_agent_is_said_to_be_none(server: A2aServer) -> None:
    elsewhere = RemoteAgent(kind="a2a", url=f"{server.url}/nothing")
    with pytest.raises(NodeError) as error:
        await ask_remote(context(server.address), "helper", elsewhere, [user("now hello")])
    assert error.value.type == "AgentUnavailable"


async def test_without_the_extra_the_failure_names_it(server: A2aServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a2a.client", None)  # as Python has it: this cannot be imported
    error = await failure(server, "now hello")
    assert (error.type, "plait[a2a]" in error.message) == ("ExtraMissing", True)
