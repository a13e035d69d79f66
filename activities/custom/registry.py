"""Finds the node types of this process's users and runs them."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Self

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from activities import kind
from activities.catalogue import NODE_TYPES
from activities.custom.context import NodeContext
from activities.custom.definition import CustomType, custom_type_of
from activities.modules import load_modules
from activities.tools.calls import Calls
from activities.tools.context import given_to_users
from activities.tools.registry import violations_of
from interpreter.catalogue import NodeType
from interpreter.messages import ErrorCategory
from interpreter.values import Json
from plait.errors import NotReady


class CustomTypes:
    """The node types that users' modules add to this process, by name."""

    def __init__(self, types: Iterable[CustomType] = ()) -> None:
        self._types: dict[str, CustomType] = {}
        self._calls = Calls()
        for found in types:
            self.add(found)

    @classmethod
    def load(cls, modules: str = "") -> Self:
        """The node types of all modules that are installed or named; see `load_modules`."""
        return cls(found for module in load_modules(modules) for found in custom_types_in(module))

    def add(self, found: CustomType) -> None:
        """Take a type in; no two can have the same name, and none that of one of Plait's own."""
        name, module = found.entry.name, found.function.__module__
        if name in NODE_TYPES:
            raise NotReady(f"the node type {name} in {module} has the name of one of Plait's own: rename it")
        known = self._types.setdefault(name, found)
        if known.function is not found.function:
            raise NotReady(f"two node types are called {name}: in {known.function.__module__} and {module}")

    def catalogue(self) -> dict[str, NodeType]:
        """What documents may name, as data."""
        return {name: self._types[name].entry for name in sorted(self._types)}

    def kinds(self) -> dict[str, kind.NodeKind]:
        """What runs each type, by its name."""
        return {name: kind.NodeKind(found.entry, self._runner(found)) for name, found in self._types.items()}

    def close(self) -> None:
        """Let the threads end with the calls they are in."""
        self._calls.close()

    def _runner(self, found: CustomType) -> kind.Run:
        async def run(context: kind.NodeContext, given: Mapping[str, Any]) -> Json:
            name = found.entry.name
            try:
                bound = found.bind(given, _context_of(context, name))
            except ValidationError as error:
                raise _invalid("ParametersInvalid", f"`with` does not fit {name}", error, "input") from None
            result = await self._calls.run(f"node type {name}", found.function, bound)
            try:
                return found.to_json(result)
            except ValidationError as error:
                message = f"{name} returned something else than its return type says"
                raise _invalid("OutputInvalid", message, error, "external") from None
            except PydanticSerializationError:
                message = f"{name} returned something that its return type cannot write as JSON"
                raise kind.NodeError("OutputInvalid", message, category="external") from None

        return run


def custom_types_in(module: ModuleType) -> list[CustomType]:
    """The node types that a module defines or imports."""
    return [found for value in vars(module).values() if (found := custom_type_of(value)) is not None]


def _context_of(context: kind.NodeContext, name: str) -> NodeContext:
    logger = context.logger.getChild(name)
    return NodeContext(**given_to_users(context), attempt=context.attempt, logger=logger)


def _invalid(type: str, message: str, error: ValidationError, category: ErrorCategory) -> kind.NodeError:  # noqa: A002
    problems = [str(violation) for violation in violations_of(error)]
    details = {"problems": problems}
    return kind.NodeError(type, f"{message}: {'; '.join(problems[:5])}", category=category, details=details)
