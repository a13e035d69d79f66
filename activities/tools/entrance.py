"""The one way to tools: functions of this process, and what a project stored."""

from collections.abc import Iterable, Mapping
from typing import Any

from activities.tools.context import ToolContext
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Tool
from interpreter.values import Json


class Tools:
    """The tools that a project may call, by name."""

    def __init__(self, functions: ToolRegistry) -> None:
        self._functions = functions

    def catalogue(self) -> dict[str, Tool]:
        """The functions of this process: what it tells the API that it offers."""
        return self._functions.catalogue()

    async def describe(self, project: str, names: Iterable[str]) -> dict[str, Tool]:
        """What is known of each, by name: its schemas, its bound and timeout, whether it may be repeated.

        A name that nobody offers is left out.
        """
        del project
        offered = self._functions.catalogue()
        return {name: offered[name] for name in names if name in offered}

    async def call(self, project: str, name: str, args: Mapping[str, Any], context: ToolContext) -> Json:
        """Check the arguments, call the tool, and give its result as JSON.

        Raises NodeError (`ArgumentsInvalid`, `ToolNotRunning`, `ToolNotFound`, `ToolFailed`, `ToolOutputInvalid`,
        `ResultTooLarge`), or what a function raised.
        """
        del project
        return await self._functions.call(name, args, context)
