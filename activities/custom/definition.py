"""A Python function as a node type: its parameters from a model, its output from its return type."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_type_hints, overload

from pydantic import BaseModel, PydanticUserError, RootModel, TypeAdapter

from activities.custom.context import NodeContext
from activities.custom.parameters import parameters_of
from activities.tools.docstring import describe
from activities.tools.function import Untitled, result_adapter
from interpreter.catalogue import TASK_FIELDS, NodeType
from interpreter.values import Json

Function = TypeVar("Function", bound=Callable[..., Any])

TIMEOUT = 300.0
ATTEMPTS = 3

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_OURS = "plait."
_MARK = "__plait_node_type__"


class NodeTypeInvalid(TypeError):
    """The decorated function cannot be a node type, and why."""


@dataclass(frozen=True, slots=True)
class CustomType:
    """A node type of a user: its catalogue entry, and how to call its function."""

    entry: NodeType
    function: Callable[..., Any]
    model: type[BaseModel] | None
    model_argument: str
    context_argument: str | None
    result: TypeAdapter[Any]

    def bind(self, given: Mapping[str, Json], context: NodeContext) -> dict[str, Any]:
        """Keyword arguments from resolved parameters. Raises pydantic's ValidationError."""
        bound: dict[str, Any] = {self.model_argument: self.model.model_validate(dict(given))} if self.model else {}
        return {**bound, self.context_argument: context} if self.context_argument else bound

    def to_json(self, result: Any) -> Json:
        """The result as JSON. Raises pydantic's errors when it is not what the return type says."""
        held = self.result.validate_python(result)
        return self.result.dump_python(held, mode="json", by_alias=True, warnings="error")


@overload
def node_type(function: Function) -> Function: ...
@overload
def node_type(
    *, name: str | None = None, idempotent: bool = False, timeout: float = TIMEOUT, max_attempts: int | None = None
) -> Callable[[Function], Function]: ...
def node_type(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    idempotent: bool = False,
    timeout: float = TIMEOUT,
    max_attempts: int | None = None,
) -> Any:
    """Offer a function to workflows as a node type. The function stays what it was.

    It takes one argument whose type is a pydantic model, the node's `with`, and may take one of type
    `NodeContext`. Its return type gives the output's schema, its docstring the description. `def`
    runs in a thread, `async def` in the event loop.

    Args:
        function: The function, when the decorator is used without arguments.
        name: The type as documents write it, when not the function's name.
        idempotent: Whether running it twice with the same parameters is harmless; only then is it
            retried by itself.
        timeout: The seconds after which one attempt is given up.
        max_attempts: How often it is tried, when the node does not say it; 3 if it is idempotent, else 1.
    """

    def register(wanted: Callable[..., Any]) -> Callable[..., Any]:
        attempts = max_attempts if max_attempts is not None else ATTEMPTS if idempotent else 1
        known_as = name or wanted.__name__
        _check(known_as, timeout, attempts, idempotent=idempotent)
        setattr(wanted, _MARK, _build(wanted, known_as, timeout, attempts, idempotent=idempotent))
        return wanted

    return register if function is None else register(function)


def custom_type_of(value: object) -> CustomType | None:
    """The node type behind a decorated function, None for anything else."""
    return cast("CustomType | None", getattr(value, _MARK, None)) if inspect.isfunction(value) else None


def _check(name: str, timeout: float, attempts: int, *, idempotent: bool) -> None:
    if not _NAME.fullmatch(name) or name.startswith(_OURS):
        message = f"{name!r} cannot be a node type: use a-z, 0-9 and _, groups separated by dots, the first not plait"
        raise NodeTypeInvalid(message)
    if timeout <= 0 or attempts < 1:
        raise NodeTypeInvalid(f"node type {name}: timeout is above 0 seconds, and max_attempts at least 1")
    if attempts > 1 and not idempotent:
        raise NodeTypeInvalid(f"node type {name}: more than one attempt needs idempotent=True")


def _build(function: Callable[..., Any], name: str, timeout: float, attempts: int, *, idempotent: bool) -> CustomType:
    hints = get_type_hints(function)
    result = hints.pop("return", Any)
    context = next((argument for argument, hint in hints.items() if hint is NodeContext), None)
    arguments = [argument for argument in inspect.signature(function).parameters if argument != context]
    if len(arguments) > 1 or not all(_is_model(hints.get(argument)) for argument in arguments):
        message = f"node type {name}: besides NodeContext it takes one argument, whose type is a pydantic model"
        raise NodeTypeInvalid(message)
    model = hints[arguments[0]] if arguments else None
    try:
        adapter = result_adapter(result)
        parameters = parameters_of(model) if model else {}
        schema = adapter.json_schema(mode="serialization", schema_generator=Untitled) or None
    except PydanticUserError as error:
        message = f"node type {name} has a type that JSON cannot say: {str(error).splitlines()[0]}"
        raise NodeTypeInvalid(message) from None
    if mixed := [each for each, parameter in parameters.items() if parameter.secret and parameter.literal]:
        raise NodeTypeInvalid(f"node type {name}: {mixed[0]} is literal, so no secret can stand in it")
    entry = NodeType(
        name=name,
        behaviour="activity",
        description=describe(function)[0],
        parameters=parameters,
        fields=TASK_FIELDS,
        timeout=timeout,
        max_attempts=attempts,
        idempotent=idempotent,
        output_schema=schema,
    )
    return CustomType(entry, function, model, arguments[0] if arguments else "", context, adapter)


def _is_model(hint: Any) -> bool:
    return inspect.isclass(hint) and issubclass(hint, BaseModel) and not issubclass(hint, RootModel)
