"""A worker that is killed when a node's end is committed and Temporal has not heard of it.

`python -m tests.chaos.dying_worker`, with a worker's settings.
"""

import asyncio
import os
import signal
from typing import Any

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.custom.registry import CustomTypes
from activities.tools.registry import ToolRegistry
from plait.settings import Settings
from plait.temporal import connect
from worker.build import build_worker
from worker.health import Readiness
from worker.opening import open_services


class DieAfterNode(Interceptor):
    """Kills the process as soon as the activity of a node has returned."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _DieAfterNode(next)


class _DieAfterNode(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        result = await super().execute_activity(input)
        if not input.fn.__name__.startswith("run_node"):
            return result
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nothing survives SIGKILL")


async def main() -> None:
    """Work until death."""
    settings = Settings()
    async with open_services(settings, ToolRegistry.load(settings.tools), CustomTypes(), {}, Readiness()) as services:
        await build_worker(await connect(settings), services, interceptors=[DieAfterNode()]).run()


if __name__ == "__main__":
    asyncio.run(main())
