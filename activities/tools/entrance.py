"""The one way to tools: functions of this process, and what a project stored."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from activities import gen_ai
from activities.kind import NodeError
from activities.shell.masking import masked
from activities.tools.context import ToolContext
from activities.tools.credentials import secrets_of
from activities.tools.failures import ArgumentsRefused, not_found, not_running, result_invalid
from activities.tools.mcp_server import McpServer
from activities.tools.registry import ToolRegistry
from activities.tools.requests import send_call
from activities.tools.upkeep import Upkeep
from interpreter.catalogue import Tool
from interpreter.values import Json
from plait.store import catalogue, tools
from plait.store.pool import Pool
from plait.store.tools import FoundTool
from plait.tools.model import HttpCall, McpCall
from plait.tools.workflows import PREFIX
from plait.values.schema import compiled


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools that a project may call, by name. A function of this process stands before what is stored."""

    functions: ToolRegistry
    pool: Pool
    egress: httpx2.AsyncClient
    secrets: Mapping[str, str]

    def catalogue(self) -> dict[str, Tool]:
        """The functions of this process: what it tells the API that it offers."""
        return self.functions.catalogue()

    async def describe(self, project: str, names: Iterable[str]) -> dict[str, Tool]:
        """What is known of each, by name: its schemas, its bound and timeout, whether it may be repeated.

        A workflow is `workflow:slug`, with the input of its newest version. A name that nobody offers is left out.
        """
        wanted = list(dict.fromkeys(names))
        found = {name: entry for name, entry in self.functions.catalogue().items() if name in wanted}
        if missing := [name for name in wanted if name not in found]:
            stored = await tools.find_entries(self.pool, project, missing)
            elsewhere = await catalogue.find_tools(self.pool, missing)
            slugs = [name.removeprefix(PREFIX) for name in missing if name.startswith(PREFIX)]
            workflows = await tools.list_workflows(self.pool, project, slugs) if slugs else []
            found |= {entry.name: entry for entry in (*stored, *elsewhere, *workflows)}
        return {name: found[name] for name in wanted if name in found}

    async def call(self, project: str, name: str, args: Mapping[str, Any], context: ToolContext) -> Json:
        """Check the arguments, call the tool, and give its result as JSON.

        Raises NodeError (`ArgumentsInvalid`, `ToolNotRunning`, `ToolNotFound`, `ToolFailed`, `ToolOutputInvalid`,
        `ResultTooLarge`), or what a function raised.
        """
        with gen_ai.execute_tool(name):
            return await self._call(project, name, args, context)

    async def _call(self, project: str, name: str, args: Mapping[str, Any], context: ToolContext) -> Json:
        if name in self.functions:
            return await self.functions.call(name, args, context)
        found = await tools.find_tool(self.pool, project, name)
        if found is None:
            # A function that other workers offer, or offered, may be here after a deployment.
            known = await catalogue.find_tools(self.pool, [name])
            raise not_running(name) if known else not_found(name)
        return await self._call_stored(project, found, dict(args), context)

    async def _call_stored(self, project: str, found: FoundTool, args: dict[str, Any], context: ToolContext) -> Json:
        secrets = secrets_of(found.entry.name, found.call.model_dump(), context.environment, self.secrets)
        if isinstance(found.call, McpCall):
            found = await Upkeep(self.pool, self.egress).refreshed(project, found, secrets)
        entry = found.entry
        if violations := compiled(entry.parameters).violations(args):
            raise ArgumentsRefused(entry.name, violations)
        try:
            async with asyncio.timeout(entry.timeout):
                result = await self._send(found, args, secrets, context)
        except TimeoutError:
            message = f"{entry.name} did not answer within {entry.timeout:g} s"
            raise NodeError("ToolFailed", message, retryable=True) from None
        if entry.output_schema is not None and (wrong := compiled(entry.output_schema).violations(result, limit=1)):
            raise result_invalid(entry.name, "its schema", str(wrong[0]))
        return masked(result, secrets.values())

    async def _send(
        self, found: FoundTool, args: dict[str, Any], secrets: Mapping[str, str], context: ToolContext
    ) -> Json:
        match found.call:
            case HttpCall() as call:
                properties = found.entry.parameters.get("properties", {})
                return await send_call(
                    self.egress, call, args, properties, secrets, context.files, context.idempotency_key
                )
            case McpCall() as call:
                server = McpServer(self.egress, found.entry.name, call, secrets)
                return await server.call(args, context.heartbeat, context.idempotency_key)
