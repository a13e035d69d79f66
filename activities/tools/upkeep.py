"""Keeps the list of an MCP server as it is kept in Postgres near to what the server says."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from activities.kind import NodeError
from activities.tools.failures import not_found
from activities.tools.mcp_server import McpServer
from plait.clock import now
from plait.errors import Invalid
from plait.store import tools
from plait.store.pool import Pool
from plait.store.tools import FoundTool, NewSource
from plait.tools.listing import tools_in
from plait.tools.model import McpCall

FRESH = timedelta(minutes=10)
"""So long a list is taken as it is; the next call after it asks the server anew."""
LISTING = 10.0
"""Seconds that a call waits for the list of its server: the list is not what was asked for."""

logger = logging.getLogger("plait.tools")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Asks servers what they offer now."""

    pool: Pool
    egress: httpx2.AsyncClient

    async def refreshed(self, project: str, found: FoundTool, secrets: Mapping[str, str]) -> FoundTool:
        """The tool as its server has it, if that was not asked for some time. Raises NodeError where it has it no more.

        A server that does not tell what it offers keeps nobody from calling: the call itself will say.
        """
        assert isinstance(found.call, McpCall), "only a server's list changes by itself"
        if now() - found.listed_at < FRESH:
            return found
        try:
            async with asyncio.timeout(LISTING):
                listed = await McpServer(self.egress, found.source, found.call, secrets).tools()
            await self._keep(project, found.source, listed)
        except (NodeError, Invalid, TimeoutError) as error:
            logger.warning("the list of %s is not renewed (%s)", found.source, type(error).__name__)
            return found
        anew = await tools.find_tool(self.pool, project, found.entry.name)
        if anew is None:
            raise not_found(found.entry.name)
        return anew

    async def _keep(self, project: str, name: str, listed: list[dict[str, Any]]) -> None:
        """Write the list if it is another. Whoever changed the source meanwhile has written a newer one."""
        row = await tools.read_source(self.pool, project, name)
        if row is None:
            return
        if tools.listed_in(row) == listed:
            await tools.touch_source(self.pool, project, name, row["revision"], now())
            return
        source = tools.source_in(row)
        new = NewSource(name, source, listed, tools_in(name, source, listed))
        async with self.pool.acquire() as db, db.transaction():
            await tools.replace_source(db, project, new, row["revision"], now())
