"""The MCP server: what is listed, what is called. It has no state: every message brings its caller along."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version as installed
from typing import Any

import orjson
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
)
from pydantic import ValidationError

from api.http.bodies import BODY_LIMIT, refuse_unstorable
from api.http.errors import Refusal
from api.http.security import require_scope
from api.mcp import tasks
from api.mcp.answers import answer_of, refusal, run_schema
from api.mcp.asked import TASKS, Asked, asked_by
from api.mcp.tools import PLAIN, PlainTool
from api.offers.offered import Offered, find_offered, list_offered
from api.offers.starting import start_offered
from api.runs.read import read_run
from api.runs.waiting import wait_until
from interpreter.problems import Problem
from interpreter.state import FINAL_RUN
from plait.errors import Invalid, PlaitError, Unavailable
from plait.store.pool import is_outage

PAGE = 50
CALL_SECONDS = 10.0
"""How long a call waits for its run; clients give up on a tool after some tens of seconds."""
TASK_SECONDS = 1.0
"""The same where a task can be answered: most short runs have ended by then."""
KEY = "plait/idempotency_key"
"""In a call's `_meta`: sent again with the same, it is the same run."""
INSTRUCTIONS = (
    "Each tool whose name has no underscore is a workflow: calling it starts a run. A run that is still going, or waits "
    "for people, is answered with its run_id: follow it with get_run. Only people decide gates: show them, and call "
    "decide_gate with what you are told."
)


async def list_tools(context: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
    """The workflows that are offered now, by name; before them on the first page the plain tools."""
    asked, after = asked_by(context), (params and params.cursor) or ""
    try:
        require_scope(asked.caller, "workflows:read")
        found = await list_offered(asked.held, asked.environment, "mcp", asked.caller, after, PAGE + 1)
    except PlaitError as error:
        raise MCPError(INVALID_PARAMS, str(error)) from None
    plain = [] if after else [tool.described(name) for name, tool in PLAIN.items()]
    tools = [described(each) for each in found[:PAGE]]
    return ListToolsResult(tools=[*plain, *tools], next_cursor=found[PAGE - 1].slug if len(found) > PAGE else None)


def described(offered: Offered) -> Tool:
    """A workflow as clients see it."""
    return Tool(
        name=offered.slug,
        title=offered.name,
        description=offered.description,
        input_schema=offered.arguments,
        output_schema=run_schema(offered.output_schema),
    )


async def call_tool(context: Any, params: CallToolRequestParams) -> Any:
    """Do what is called. Whatever is refused is the tool's error, with its mend, for a model to read."""
    try:
        return await call(asked_by(context), params)
    except PlaitError as error:
        return refusal(error)
    except Exception as error:
        if not is_outage(error):
            raise
        return refusal(Unavailable("Postgres does not answer at the moment. The same call may succeed later."))


async def call(asked: Asked, params: CallToolRequestParams) -> Any:
    """Start a workflow, or use a plain tool."""
    arguments = params.arguments or {}
    require_scope(asked.caller, "runs:read")
    refuse_unstorable(arguments)
    if (plain := PLAIN.get(params.name)) is not None:
        return await plain.work(asked, order_of(plain, arguments))
    offered = await find_offered(asked.held, asked.environment, "mcp", params.name, asked.caller)
    if offered is None:
        raise MCPError(INVALID_PARAMS, f"There is no tool {params.name[:100]!r}; tools/list has those that are.")
    return await call_workflow(asked, offered, arguments, key_in(params))


def key_in(params: CallToolRequestParams) -> str | None:
    """The key by which the client sends the same call again."""
    key = (params.meta or {}).get(KEY)
    if key is not None and not (isinstance(key, str) and 0 < len(key) <= 255 and key.isprintable()):
        raise Refusal("request_invalid", f"`{KEY}` has 1 to 255 printable characters.")
    return key


def order_of(tool: PlainTool, arguments: dict[str, Any]) -> Any:
    """The arguments, checked."""
    try:
        return tool.order.model_validate_json(orjson.dumps(arguments))
    except ValidationError as error:
        problems = [Problem(each["type"], f"{each['msg']}.", tuple(each["loc"])) for each in error.errors()]
        raise Invalid("The tool does not take these arguments.", problems=problems) from None


async def call_workflow(asked: Asked, offered: Offered, arguments: dict[str, Any], key: str | None) -> Any:
    """A run, its output if it has ended soon enough, and else what it waits for; a task for clients that follow those."""
    value = offered.input_of(arguments)
    run_id = await start_offered(asked.held, offered.slug, value, asked.caller, asked.environment, "mcp", key)
    seconds = TASK_SECONDS if asked.takes_tasks else CALL_SECONDS
    await wait_until(asked.held, asked.caller.project, run_id, "blocked", seconds)
    run = await read_run(asked.held, run_id, asked.caller)
    if asked.takes_tasks and run.status not in FINAL_RUN:
        return {"resultType": "task", **tasks.begun(run)}
    return await answer_of(asked, run)


def build() -> Server[Any]:
    """The server, one for the process."""
    server: Server[Any] = Server(
        "plait",
        title="Plait",
        version=installed("plait"),
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda _: None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    server.add_request_handler("tasks/get", tasks.TaskParams, tasks.get)
    server.add_request_handler("tasks/update", tasks.UpdateParams, tasks.update)
    server.add_request_handler("tasks/cancel", tasks.TaskParams, tasks.cancel)
    server.extensions[TASKS] = {}
    return server


SERVER = build()
logging.getLogger("mcp").setLevel(logging.WARNING)
"""It tells of every message otherwise."""


@asynccontextmanager
async def manager() -> AsyncIterator[StreamableHTTPSessionManager]:
    """What takes one message. There are no sessions, so it lives no longer than that.

    Host and origin were looked at by the entrance, the body's size by the route.
    """
    manager = StreamableHTTPSessionManager(
        SERVER, json_response=True, stateless=True, max_request_body_size=BODY_LIMIT + 1
    )
    async with manager.run():
        yield manager
