"""Stored tools called for real: a server on loopback, the rows in Postgres, the client that workers have."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from activities.kind import NodeError
from activities.tools.context import ToolContext
from activities.tools.entrance import Tools
from activities.tools.files import Files
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Tool
from interpreter.values import Json
from plait.clock import now
from plait.egress import open_egress
from plait.store import catalogue
from plait.store import tools as store
from plait.store.pool import Pool
from plait.store.tools import NewSource
from plait.tools.listing import tools_in
from plait.tools.model import SOURCE
from tests.support.http_server import HttpServer
from tests.support.serving import served
from tests.support.tool_servers import Office, running_office, shop

PROJECT = "default"
BY = {"type": "user", "id": "ann", "name": "Ann"}
SECRET = "s3cret-token"
LONG_AGO = timedelta(hours=1)


class Desk:
    """Stores tools as the API does, and calls them as a worker does."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.egress = open_egress("127.0.0.0/8")
        self.tools = Tools(ToolRegistry(), pool, self.egress, {"KEY": SECRET, "OTHER": "not-for-this"})
        self.said: list[tuple[float | None, str | None]] = []

    async def store(self, name: str, listed: Any = None, at: Any = None, **said: Any) -> None:
        source = SOURCE.validate_python(said)
        new = NewSource(name, source, listed, tools_in(name, source, listed))
        async with self.pool.acquire() as db, db.transaction():
            assert await store.insert_source(db, PROJECT, new, BY, at or now())

    async def call(self, tool: str, **args: Any) -> Json:
        return await self.tools.call(PROJECT, tool, args, self.context)

    async def failure(self, tool: str, **args: Any) -> NodeError:
        with pytest.raises(NodeError) as failed:
            await self.call(tool, **args)
        assert SECRET not in failed.value.message + str(failed.value.details)
        return failed.value

    @property
    def context(self) -> ToolContext:
        from pathlib import Path

        def say(progress: float | None = None, message: str | None = None) -> None:
            self.said.append((progress, message))

        log: Any = lambda *_, **__: None  # noqa: E731
        return ToolContext(
            "run", "node", "dev", "run/node/1", Files(Path("/none")), say, lambda: False, log, self.egress
        )


@pytest.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    made = Desk(pool)
    yield made
    await made.egress.aclose()


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with running_office() as found:
        yield found


def of(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {} for name in names}, "additionalProperties": False}


async def test_arguments_go_into_the_path_encoded_and_the_rest_into_the_query(
    desk: Desk, http_server: HttpServer
) -> None:
    await desk.store("echo", kind="http", url=f"{http_server.url}/echo/{{city}}", parameters=of("city", "days", "unit"))
    await desk.call("echo", city="São Paulo/?#&", days=[1, 2])
    assert http_server.seen[-1].path == "/echo/São Paulo/?#&"
    assert http_server.seen[-1].query == [("days", "1"), ("days", "2")]


@pytest.mark.parametrize("city", ["..", ".", "a/../b", "..\\b", "", None])
async def test_an_argument_never_leads_to_another_path(desk: Desk, http_server: HttpServer, city: Any) -> None:
    await desk.store("echo", kind="http", url=f"{http_server.url}/echo/{{city}}/x", parameters=of("city"))
    assert (await desk.failure("echo", city=city)).type == "ArgumentsInvalid"
    assert http_server.seen == []


async def test_a_post_sends_its_arguments_as_json_with_an_idempotency_key(desk: Desk, http_server: HttpServer) -> None:
    await desk.store("echo", kind="http", method="POST", url=f"{http_server.url}/echo", parameters=of("a", "b"))
    answer: Any = await desk.call("echo", a={"x": [1]})
    assert (answer["body"], answer["headers"]["idempotency-key"]) == ('{"a":{"x":[1]}}', "run/node/1")
    described = await desk.tools.describe(PROJECT, ["echo"])
    assert not described["echo"].idempotent


async def test_templates_place_arguments_and_an_expression_picks_the_result(
    desk: Desk, http_server: HttpServer
) -> None:
    await desk.store(
        "ask",
        kind="http",
        method="PUT",
        url=f"{http_server.url}/echo",
        parameters=of("who", "note"),
        query={"q": "for {{ args.who }}", "note": "{{ args.note }}"},
        body={"customer": {"name": "{{ args.who }}"}},
        headers={"x-note": "{{ args.note }}"},
        result="body.method + body.query[0][1] + body.body",
    )
    assert await desk.call("ask", who="Ann") == 'PUTfor Ann{"customer":{"name":"Ann"}}'
    assert "x-note" not in http_server.seen[-1].headers


async def test_text_that_looks_like_a_template_stays_text(desk: Desk, http_server: HttpServer) -> None:
    await desk.store("echo", kind="http", method="POST", url=f"{http_server.url}/echo", parameters=of("text"))
    answer: Any = await desk.call("echo", text="{{ secrets.KEY }} {text}")
    assert answer["body"] == '{"text":"{{ secrets.KEY }} {text}"}'


async def test_a_secret_goes_along_by_name_and_is_masked_where_it_comes_back(
    desk: Desk, http_server: HttpServer
) -> None:
    auth = {"bearer": "{{ secrets.KEY }}"}
    await desk.store("echo", kind="http", url=f"{http_server.url}/echo", auth=auth)
    answer: Any = await desk.call("echo")
    assert http_server.seen[-1].headers["authorization"] == f"Bearer {SECRET}"
    assert answer["headers"]["authorization"] == "Bearer ***"


async def test_a_secret_that_the_worker_lacks_is_named(desk: Desk, http_server: HttpServer) -> None:
    await desk.store("echo", kind="http", url=f"{http_server.url}/echo", headers={"x-key": "{{ secrets.GONE }}"})
    error = await desk.failure("echo")
    assert (error.type, "PLAIT_SECRET_GONE" in error.message) == ("SecretNotSet", True)
    assert http_server.seen == []


async def test_a_redirect_is_not_followed_with_credentials_nor_without(desk: Desk, http_server: HttpServer) -> None:
    to = {"to": "http://127.0.0.1:9/steal"}
    await desk.store(
        "go", kind="http", url=f"{http_server.url}/redirect", query=to, auth={"bearer": "{{ secrets.KEY }}"}
    )
    error = await desk.failure("go")
    assert (error.type, error.details["status"], len(http_server.seen)) == ("ToolFailed", 302, 1)
    assert "not followed" in error.message


async def test_an_address_that_workers_may_not_reach_is_refused(desk: Desk) -> None:
    await desk.store("inside", kind="http", url="http://169.254.169.254/latest")
    assert (await desk.failure("inside")).type == "EgressRefused"


@pytest.mark.parametrize(("path", "retryable"), [("status/404", False), ("status/503", True), ("status/429", True)])
async def test_a_refusal_is_tool_failed_with_its_status(
    desk: Desk, http_server: HttpServer, path: str, *, retryable: bool
) -> None:
    await desk.store("ask", kind="http", url=f"{http_server.url}/{path}")
    error = await desk.failure("ask")
    assert (error.type, error.retryable, error.details["status"]) == ("ToolFailed", retryable, int(path[-3:]))


@pytest.mark.parametrize("path", ["huge/100", "bomb/100"])
async def test_an_answer_of_100_mib_is_never_read_whole(desk: Desk, http_server: HttpServer, path: str) -> None:
    await desk.store("ask", kind="http", url=f"{http_server.url}/{path}")
    assert (await desk.failure("ask")).type == "ResultTooLarge"


async def test_a_tool_that_does_not_answer_in_time_fails(desk: Desk, http_server: HttpServer) -> None:
    await desk.store("ask", kind="http", url=f"{http_server.url}/slow/5", timeout=0.05)
    error = await desk.failure("ask")
    assert (error.type, error.retryable) == ("ToolFailed", True)


async def test_arguments_and_results_are_held_against_their_schemas(desk: Desk, http_server: HttpServer) -> None:
    said = {"kind": "http", "url": f"{http_server.url}/echo", "output_schema": {"required": ["nothing_like_it"]}}
    await desk.store("ask", parameters=of("a"), **said)
    assert (await desk.failure("ask", b=1)).type == "ArgumentsInvalid"
    assert (await desk.failure("ask", a=1)).type == "ToolOutputInvalid"


async def test_another_projects_tool_is_not_found(desk: Desk, http_server: HttpServer) -> None:
    await desk.store("echo", kind="http", url=f"{http_server.url}/echo")
    assert await desk.tools.describe("other", ["echo"]) == {}
    with pytest.raises(NodeError) as failed:
        await desk.tools.call("other", "echo", {}, desk.context)
    assert failed.value.type == "ToolNotFound"


async def test_a_function_that_this_worker_does_not_have_may_be_found_by_another(desk: Desk) -> None:
    elsewhere = catalogue.Worker("elsewhere", now(), {})
    await catalogue.publish(desk.pool, elsewhere, {}, {"vat": Tool(name="vat")}, now=now())
    assert list(await desk.tools.describe(PROJECT, ["vat", "nothing_like_it"])) == ["vat"]
    error = await desk.failure("vat")
    assert (error.type, error.category, error.retryable) == ("ToolNotRunning", "platform", True)


async def test_each_operation_of_a_fastapi_app_is_a_tool(desk: Desk) -> None:
    app = shop()
    async with served(app, lifespan="on") as port:
        auth = {"bearer": "{{ secrets.KEY }}"}
        server = f"http://127.0.0.1:{port}"
        await desk.store("shop", app.openapi(), kind="openapi", server=server, auth=auth, document={})
        assert await desk.call("shop.find_article", name="a b", tags=["x", "y"], **{"x-shop": "side"}) == {
            "name": "a b",
            "tags": ["x", "y"],
            "shop": "side",
        }
        made = await desk.call("shop.create_order", body={"article": "tea", "pieces": 2})
        assert made == {"id": 1, "article": "tea", "pieces": 2, "key": "run/node/1"}
        assert (await desk.failure("shop.create_order", body={"pieces": 2})).type == "ArgumentsInvalid"
        assert (await desk.failure("shop.wrong")).type == "ToolOutputInvalid"
    described = await desk.tools.describe(PROJECT, ["shop.find_article", "shop.create_order"])
    assert [tool.idempotent for tool in described.values()] == [True, False]


async def a_list(desk: Desk, office: Office) -> list[dict[str, Any]]:
    from activities.tools.mcp_server import McpServer
    from plait.tools.model import McpCall

    return await McpServer(desk.egress, "office", McpCall(url=office.url, tool=""), {}).tools()


async def store_office(desk: Desk, office: Office, **more: Any) -> None:
    said = {"url": office.url, "auth": {"bearer": "{{ secrets.KEY }}"}, **more}
    await desk.store("office", await a_list(desk, office), kind="mcp", **said)


async def test_the_tools_of_an_mcp_server_are_called_with_its_credentials(desk: Desk, office: Office) -> None:
    await store_office(desk, office)
    assert await desk.call("office.add", a=2, b=3) == {"result": 5}
    assert await desk.call("office.who_am_i", name="ab") == {"result": ["a", "b"]}
    assert {each["authorization"] for each in office.headers[-2:]} == {f"Bearer {SECRET}"}
    described = await desk.tools.describe(PROJECT, ["office.add", "office.tell"])
    assert [tool.idempotent for tool in described.values()] == [True, False]


async def test_the_text_of_an_mcp_tool_is_its_result_and_its_progress_shows(desk: Desk, office: Office) -> None:
    await store_office(desk, office)
    assert await desk.call("office.tell", text="hello") == "hello"
    assert desk.said == [(0.25, "a quarter")]


async def test_an_mcp_tool_that_fails_says_why(desk: Desk, office: Office) -> None:
    await store_office(desk, office)
    error = await desk.failure("office.fail")
    assert (error.type, "no paper" in error.message) == ("ToolFailed", True)


async def test_an_mcp_tools_100_mib_are_never_read_whole(desk: Desk, office: Office) -> None:
    await store_office(desk, office)
    assert (await desk.failure("office.huge", mib=100)).type == "ResultTooLarge"


async def test_an_mcp_server_that_refuses_is_tool_failed_with_its_status(desk: Desk, office: Office) -> None:
    await store_office(desk, office)
    office.refuses = 401
    error = await desk.failure("office.add", a=1, b=1)
    assert (error.type, error.details, error.retryable) == ("ToolFailed", {"status": 401}, False)


async def test_an_mcp_server_that_is_away_may_be_back_for_another_attempt(desk: Desk, office: Office) -> None:
    listed = await a_list(desk, office)
    await desk.store("office", listed, kind="mcp", url="http://127.0.0.1:9/mcp")
    error = await desk.failure("office.add", a=1, b=1)
    assert (error.type, error.retryable) == ("ConnectionFailed", True)


async def test_an_mcp_server_inside_is_refused(desk: Desk, office: Office) -> None:
    await desk.store("office", await a_list(desk, office), kind="mcp", url="http://169.254.169.254/mcp")
    assert (await desk.failure("office.add", a=1, b=1)).type == "EgressRefused"


async def test_a_slow_mcp_tool_is_given_up(desk: Desk, office: Office) -> None:
    await store_office(desk, office, timeout=0.3)
    assert (await desk.failure("office.slow", seconds=9)).type == "ToolFailed"


async def test_a_list_that_is_old_is_asked_for_anew_at_the_next_call(desk: Desk, office: Office) -> None:
    await store_office(desk, office, at=now() - LONG_AGO)
    office.server.remove_tool("fail")

    @office.server.tool()
    def nod() -> str:
        """Nods."""
        return "yes"

    assert await desk.call("office.add", a=1, b=1) == {"result": 2}
    assert set(await desk.tools.describe(PROJECT, ["office.nod", "office.fail"])) == {"office.nod"}
    assert await desk.call("office.nod") == {"result": "yes"}


async def test_a_tool_that_the_server_took_away_is_not_found(desk: Desk, office: Office) -> None:
    await store_office(desk, office, at=now() - LONG_AGO)
    office.server.remove_tool("fail")
    assert (await desk.failure("office.fail")).type == "ToolNotFound"


async def test_a_server_that_does_not_list_any_more_is_called_all_the_same(desk: Desk, office: Office) -> None:
    await store_office(desk, office, at=now() - LONG_AGO)
    office.refuses = 503
    assert (await desk.failure("office.add", a=1, b=1)).type == "ToolFailed"
