"""Does what the API asks of a worker: calls a tool by hand, looks what a server offers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.http.answer import failure_of, read_body
from activities.http.message import build_request, place
from activities.http.request import send
from activities.kind import NodeError
from activities.services import Services
from activities.shell.errors import failed_plainly
from activities.shell.masking import masked
from activities.shell.results import normalised
from activities.tools.context import ToolContext
from activities.tools.credentials import credentials_of, secrets_of
from activities.tools.files import Files
from activities.tools.mcp_server import McpServer
from activities.tools.requests import origin_of
from interpreter.expressions import Scope, prepare_value, resolve_value
from interpreter.plan.sites import is_write_only
from interpreter.values import Json
from plait.settings import secrets_for
from plait.tools.model import SOURCE, McpCall, McpSource, OpenApiSource, auth_of
from plait.tools.orders import ACTIVITY, LONGEST, ToolOrder


def using_tools(services: Services) -> Callable[[ToolOrder], Awaitable[str]]:
    """The activity. What goes wrong with a tool is its answer, and no failure of the activity."""

    @activity.defn(name=ACTIVITY)
    async def use_tool(order: ToolOrder) -> str:
        said = await services.payloads.load(order.project, UUID(order.payload))
        began = time.perf_counter()
        try:
            async with asyncio.timeout(LONGEST.total_seconds()):
                answer: dict[str, Any] = {"value": normalised(await _done(services, order.project, said))}
        except Exception as error:  # noqa: BLE001  # whatever a tool raises is what is asked for
            answer = {"error": failed_plainly(error)}
        answer["seconds"] = round(time.perf_counter() - began, 4)
        return str(await services.payloads.keep(order.project, masked(answer, services.secrets.values())))

    return use_tool


async def _done(services: Services, project: str, said: Mapping[str, Any]) -> Json:
    if "call" in said:
        return await _call(services, project, said["call"], said["args"], said["environment"])
    return await _listed(services, said["name"], said["source"], said["environment"])


async def _call(services: Services, project: str, name: str, args: dict[str, Any], environment: str) -> Json:
    """A call as a node would make it: arguments that may hold a secret may name one."""
    described = await services.tools.describe(project, [name])
    secrets = secrets_for(environment, services.secrets)
    given = {
        argument: resolve_value(prepare_value(value), Scope({"secrets": secrets}))
        if name in described and is_write_only(described[name], argument)
        else value
        for argument, value in args.items()
    }
    return await services.tools.call(project, name, given, _context(services, environment))


def _context(services: Services, environment: str) -> ToolContext:
    order = activity.info().workflow_id or ""

    def nobody(*_: Any, **__: Any) -> None:
        """No run is there to be told."""

    return ToolContext(
        run_id=order,
        path="test",
        environment=environment,
        idempotency_key=order,
        files=Files(services.files_dir),
        heartbeat=nobody,
        cancelled=activity.is_cancelled,
        log=nobody,
        http=services.egress,
    )


async def _listed(services: Services, name: str, said: dict[str, Any], environment: str) -> Json:
    """What a server says that it offers: an MCP server its list, an address the OpenAPI document there."""
    secrets = secrets_of(name, [said.get("headers"), said.get("auth")], environment, services.secrets)
    match SOURCE.validate_python(said):
        case McpSource() as source:
            call = McpCall(url=source.url, tool="", headers=source.headers, auth=auth_of(source.auth))
            return list(await McpServer(services.egress, name, call, secrets).tools())
        case OpenApiSource(url=str(url)) as source:
            return await _document(services, source, url, secrets)
        case _:
            raise NodeError("ToolFailed", f"{name} asks no server what it offers", category="input")


async def _document(services: Services, source: OpenApiSource, url: str, secrets: Mapping[str, str]) -> Json:
    """The document's text: whoever asked reads it. The credentials are the tools': they go along only where it is known
    to be the same server.
    """
    given: dict[str, Any] = {"url": url}
    if source.server is not None and origin_of(source.server) == origin_of(url):
        given |= credentials_of(source.headers, auth_of(source.auth), secrets)
    response = await send(services.egress, build_request(services.egress, given, idempotency_key=""))
    try:
        if not response.is_success:
            raise await failure_of(response, kind="ToolFailed")
        return (await read_body(response, too_large="ResultTooLarge")).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NodeError("ToolFailed", f"{place(response.url)} answers with something that is no text") from None
    finally:
        await response.aclose()
