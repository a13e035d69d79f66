"""Runs one node's function as the worker's shell would, without a workflow around it."""

import logging
from pathlib import Path
from typing import Any, cast

import httpx2

from activities.catalogue import NODE_TYPES, kinds
from activities.code.sandbox import Sandbox
from activities.custom.registry import CustomTypes
from activities.kind import NodeContext
from activities.services import Services
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Tool
from interpreter.shell.wire import NodeTask
from interpreter.values import Json
from plait.egress import open_egress

STARTED = "2026-11-21T12:00:00+00:00"
RUN = "0190a1b2-0000-7000-8000-000000000001"


class Node:
    """One node run: `await Node("http_request", …).run({…})`."""

    def __init__(
        self,
        kind: str,
        *,
        egress: httpx2.AsyncClient | None = None,
        tools: ToolRegistry | None = None,
        files_dir: Path = Path("/nonexistent"),
        recorded_tool: Tool | None = None,
        sandbox: Sandbox | None = None,
        custom: CustomTypes | None = None,
    ) -> None:
        custom = custom or CustomTypes()
        self.kind = {**kinds(), **custom.kinds()}[kind]
        self.heartbeats: list[tuple[float | None, str | None]] = []
        self.logged: list[tuple[str, str]] = []
        self.is_cancelled = False
        # A kind reaches neither the store nor the recorder: those are the shell's.
        services = Services(
            pool=cast("Any", None),
            recorder=cast("Any", None),
            payloads=cast("Any", None),
            egress=egress or open_egress(),
            functions=tools or ToolRegistry(),
            files_dir=files_dir,
            sandbox=sandbox or Sandbox(),
            custom=custom,
        )
        self.context = NodeContext(
            run_id=RUN,
            path="node",
            node=cast("Any", _Planned(recorded_tool)),
            generation=1,
            attempt=1,
            idempotency_key=f"{RUN}/node/1",
            task=NodeTask(RUN, "default", "hash", "node", "node", 1, "", STARTED),
            services=services,
            heartbeat=lambda progress=None, message=None: self.heartbeats.append((progress, message)),
            log=lambda message, level="info": self.logged.append((level, message)),
            cancelled=lambda: self.is_cancelled,
            logger=logging.getLogger("plait.node"),
        )

    async def run(self, given: dict[str, Any]) -> Json:
        return await self.kind.run(self.context, given)


class _Planned:
    """What a kind reads of its planned node."""

    def __init__(self, tool: Tool | None) -> None:
        self.tool = tool
        self.kind = NODE_TYPES["tool_call"]
