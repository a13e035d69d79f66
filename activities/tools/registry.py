"""Finds the tools of this process and calls them."""

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from pydantic import ValidationError

from activities.tools.calls import Calls
from activities.tools.context import ToolContext
from activities.tools.function import ToolFunction, tool_of
from interpreter.catalogue import Tool
from interpreter.values import Json
from plait.errors import NotFound, NotReady
from plait.schema import Violation, compiled

GROUP = "plait.tools"
OURS = ("api", "worker", "activities", "interpreter")


class ArgumentsRefused(Exception):
    """The arguments are not what the tool takes."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        self.violations = violations
        super().__init__("; ".join(map(str, violations[:5])))


class ToolRegistry:
    """The tools this process offers, by name."""

    def __init__(self, tools: Iterable[ToolFunction] = ()) -> None:
        self._tools: dict[str, ToolFunction] = {}
        self._calls = Calls()
        for found in tools:
            self.add(found)

    @classmethod
    def load(cls, modules: str = "") -> Self:
        """Import what the entry points of the group `plait.tools` and `modules` (comma-separated) name.

        Raises NotReady, with one sentence, when a module cannot be imported or stands in the way.
        """
        _refuse_shadows()
        named = [name for part in modules.split(",") if (name := part.strip())]
        installed = sorted(point.value.partition(":")[0] for point in entry_points(group=GROUP))
        if named and "" not in sys.path and str(Path.cwd()) not in sys.path:
            # Behind everything else: a file next to the user's tools must not hide a package.
            sys.path.append(str(Path.cwd()))
        registry = cls()
        for name in dict.fromkeys([*installed, *named]):
            for found in _tools_in(_import(name)):
                registry.add(found)
        return registry

    def add(self, found: ToolFunction) -> None:
        """Take a tool in; two functions cannot have the same name."""
        known = self._tools.setdefault(found.entry.name, found)
        if known.function is not found.function:
            places = " and ".join(f"{each.function.__module__}" for each in (known, found))
            raise NotReady(f"two tools are called {found.entry.name}: in {places}")

    def catalogue(self) -> dict[str, Tool]:
        """What documents may name, as data."""
        return {name: self._tools[name].entry for name in sorted(self._tools)}

    async def call(self, name: str, args: Mapping[str, Any], context: ToolContext) -> Json:
        """Check the arguments, run the function, and give its result as JSON.

        Raises NotFound, ArgumentsRefused, or what the function raised.
        """
        found = self._tools.get(name)
        if found is None:
            raise NotFound(f"this worker has no tool {name}")
        if violations := compiled(found.entry.parameters).violations(dict(args)):
            raise ArgumentsRefused(violations)
        try:
            bound = found.bind(args, context)
        except ValidationError as error:
            raise ArgumentsRefused(_violations_of(error)) from None
        return found.to_json(await self._calls.run(found, bound))

    def close(self) -> None:
        """Let the threads end with the calls they are in."""
        self._calls.close()


def _import(name: str) -> ModuleType:
    if name.partition(".")[0] in {*OURS, "plait"} and name != "activities.tools":
        raise NotReady(f"PLAIT_TOOLS names {name}, which is Plait's own: give your module another name")
    try:
        return importlib.import_module(name)
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise NotReady(f"the tools module {name} cannot be imported: {reason}") from error


def _tools_in(module: ModuleType) -> list[ToolFunction]:
    return [found for value in vars(module).values() if (found := tool_of(value)) is not None]


def _refuse_shadows() -> None:
    """A file `worker.py` in the wrong place would run in place of Plait's own package."""
    home = Path(__file__).resolve().parents[2]
    for name in OURS:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec is not None and spec.origin else None
        if origin is None or origin.parent.parent != home:
            raise NotReady(f"{origin or 'another module'} hides Plait's package {name}: rename it or move it away")


def _violations_of(error: ValidationError) -> tuple[Violation, ...]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return tuple(Violation(tuple(each["loc"]), each["msg"]) for each in found)
