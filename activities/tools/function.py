"""A Python function as a tool: its schemas from its types, its descriptions from its docstring."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints, overload

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PydanticSchemaGenerationError,
    PydanticUserError,
    TypeAdapter,
    create_model,
)
from pydantic.json_schema import GenerateJsonSchema

from activities.tools.context import ToolContext
from activities.tools.docstring import describe
from interpreter.catalogue import Tool
from interpreter.values import Json

Function = TypeVar("Function", bound=Callable[..., Any])

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_MARK = "__plait_tool__"


class ToolInvalid(TypeError):
    """The decorated function cannot be a tool, and why."""


@dataclass(frozen=True, slots=True)
class ToolFunction:
    """A registered tool: its catalogue entry, and how to call it with JSON."""

    entry: Tool
    function: Callable[..., Any]
    arguments: type[BaseModel]
    context_parameter: str | None
    result: TypeAdapter[Any]

    def bind(self, args: Mapping[str, Any], context: ToolContext) -> dict[str, Any]:
        """Typed keyword arguments from JSON. Raises pydantic's ValidationError."""
        given = self.arguments.model_validate(dict(args))
        bound = {str(field.alias): getattr(given, name) for name, field in self.arguments.model_fields.items()}
        return bound if self.context_parameter is None else {**bound, self.context_parameter: context}

    def to_json(self, result: Any) -> Json:
        """The result as JSON. Raises pydantic's serialization error when it is not what was declared."""
        return self.result.dump_python(result, mode="json", by_alias=True, warnings="error")


@overload
def tool(function: Function) -> Function: ...
@overload
def tool(
    *, name: str | None = None, idempotent: bool = False, bound: float | None = None, timeout: float | None = None
) -> Callable[[Function], Function]: ...
def tool(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    idempotent: bool = False,
    bound: float | None = None,
    timeout: float | None = None,
) -> Any:
    """Offer a function to workflows as a tool. The function stays what it was.

    Its argument types give the schema that calls are checked against, its docstring the
    descriptions, its return type the output's schema. `def` runs in a thread, `async def` in the
    event loop. A parameter of type `ToolContext` is filled in and not part of the schema.

    Args:
        function: The function, when the decorator is used without arguments.
        name: The tool's name, when not the function's.
        idempotent: Whether calling it twice with the same arguments is harmless; only then is it
            retried by itself.
        bound: The upper bound of one call in seconds, as a promise: a second or less lets it run closer to the workflow.
        timeout: The seconds after which one attempt is given up.
    """

    def register(wanted: Callable[..., Any]) -> Callable[..., Any]:
        built = _build(wanted, name=name, idempotent=idempotent, bound=bound, timeout=timeout)
        setattr(wanted, _MARK, built)
        return wanted

    return register if function is None else register(function)


def tool_of(value: object) -> ToolFunction | None:
    """The tool behind a decorated function, None for anything else."""
    return cast("ToolFunction | None", getattr(value, _MARK, None)) if inspect.isfunction(value) else None


def result_adapter(hint: Any) -> TypeAdapter[Any]:
    """What writes a return type as JSON. Keeps NaN as it is, so that it is refused and not silently null. A model says that for itself."""
    try:
        return TypeAdapter(hint, config=ConfigDict(ser_json_inf_nan="constants"))
    except PydanticUserError:
        return TypeAdapter(hint)


def _build(
    function: Callable[..., Any], *, name: str | None, idempotent: bool, bound: float | None, timeout: float | None
) -> ToolFunction:
    known_as = name or function.__name__
    if not _NAME.fullmatch(known_as):
        raise ToolInvalid(f"{known_as!r} cannot be a tool's name: use a-z, 0-9 and _, groups separated by dots")
    if any(seconds is not None and seconds <= 0 for seconds in (bound, timeout)):
        raise ToolInvalid(f"tool {known_as}: bound and timeout are numbers of seconds above 0")
    description, of_arguments = describe(function)
    hints = get_type_hints(function, include_extras=True)
    context_parameter = next((at for at, hint in hints.items() if at != "return" and _is_context(hint)), None)
    try:
        arguments = _arguments_model(function, hints, of_arguments, leave_out=context_parameter)
        result = result_adapter(hints.get("return", Any))
        entry = Tool(
            name=known_as,
            description=description,
            parameters=_parameters_schema(arguments),
            output_schema=result.json_schema(mode="serialization", schema_generator=Untitled) or None,
            idempotent=idempotent,
            bound=bound,
            timeout=timeout,
        )
    except (PydanticSchemaGenerationError, PydanticUserError) as error:
        raise ToolInvalid(f"tool {known_as} has a type that JSON cannot say: {str(error).splitlines()[0]}") from None
    return ToolFunction(entry, function, arguments, context_parameter, result)


def _arguments_model(
    function: Callable[..., Any], hints: Mapping[str, Any], descriptions: Mapping[str, str], leave_out: str | None
) -> type[BaseModel]:
    """A model with one field an argument. Fields are numbered and named by alias, because an
    argument may have a name that a model's own attributes use (`json`, `copy`).
    """
    fields: dict[str, Any] = {}
    for number, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.name == leave_out:
            continue
        if parameter.kind not in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
            raise ToolInvalid(f"tool {function.__name__}: {parameter} has no name that a workflow could use")
        if parameter.name not in hints:
            raise ToolInvalid(f"tool {function.__name__}: the argument {parameter.name} needs a type")
        default = ... if parameter.default is parameter.empty else parameter.default
        field = Field(default, alias=parameter.name, description=descriptions.get(parameter.name))
        fields[f"argument_{number}"] = (hints[parameter.name], field)
    return create_model("Arguments", __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=False), **fields)


def _parameters_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    schema = arguments.model_json_schema(schema_generator=Untitled)
    schema.pop("title", None)
    return {**schema, "properties": schema.get("properties", {})}


def _is_context(hint: Any) -> bool:
    return hint is ToolContext or (get_origin(hint) is Annotated and get_args(hint)[0] is ToolContext)


class Untitled(GenerateJsonSchema):
    """JSON Schema without the titles that repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False
