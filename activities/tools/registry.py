"""The Python functions that this process offers as tools: finds them and calls them."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Self

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from activities.modules import load_modules
from activities.tools.calls import Calls
from activities.tools.context import ToolContext
from activities.tools.failures import ArgumentsRefused, not_running, result_invalid
from activities.tools.function import ToolFunction, tool_of
from interpreter.catalogue import Tool
from interpreter.values import Json
from plait.errors import NotReady
from plait.values.schema import Violation, compiled

BUILT_IN = "activities.tools."


class ToolRegistry:
    """The tools this process offers, by name."""

    def __init__(self, tools: Iterable[ToolFunction] = ()) -> None:
        self._tools: dict[str, ToolFunction] = {}
        self._calls = Calls()
        for found in tools:
            self.add(found)

    @classmethod
    def load(cls, modules: str = "") -> Self:
        """The tools of all modules that are installed or named; see `load_modules`."""
        return cls(found for module in load_modules(modules) for found in _tools_in(module))

    def add(self, found: ToolFunction) -> None:
        """Take a tool in; two functions cannot have the same name, but one of yours takes the place of a built-in one."""
        known = self._tools.setdefault(found.entry.name, found)
        if known.function is found.function or _is_built_in(found):
            return
        if _is_built_in(known):
            self._tools[found.entry.name] = found
        else:
            places = " and ".join(each.function.__module__ for each in (known, found))
            raise NotReady(f"two tools are called {found.entry.name}: in {places}")

    def catalogue(self) -> dict[str, Tool]:
        """What documents may name, as data."""
        return {name: self._tools[name].entry for name in sorted(self._tools)}

    def __contains__(self, name: str) -> bool:
        """Whether this process offers it."""
        return name in self._tools

    async def call(self, name: str, args: Mapping[str, Any], context: ToolContext) -> Json:
        """Check the arguments, run the function, and give its result as JSON.

        Raises NodeError for what does not fit its types, or what the function raised.
        """
        found = self._tools.get(name)
        if found is None:
            raise not_running(name)
        if violations := compiled(found.entry.parameters).violations(dict(args)):
            raise ArgumentsRefused(name, violations)
        try:
            bound = found.bind(args, context)
        except ValidationError as error:
            raise ArgumentsRefused(name, violations_of(error)) from None
        result = await self._calls.run(f"tool {name}", found.function, bound)
        try:
            return found.to_json(result)
        except PydanticSerializationError as error:
            raise result_invalid(name, "its return type", str(error).partition("\n")[0]) from None

    def close(self) -> None:
        """Let the threads end with the calls they are in."""
        self._calls.close()


def _is_built_in(found: ToolFunction) -> bool:
    return found.function.__module__.startswith(BUILT_IN)


def _tools_in(module: ModuleType) -> list[ToolFunction]:
    return [found for value in vars(module).values() if (found := tool_of(value)) is not None]


def violations_of(error: ValidationError) -> tuple[Violation, ...]:
    """What pydantic has against a value, without the value."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return tuple(Violation(tuple(each["loc"]), each["msg"]) for each in found)
