"""One call of a provider's model, whole or as a stream, and no longer than one waits for it.

Importing this imports pydantic-ai, and calling a model the library of its provider.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import httpx2
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings

from activities.kind import NodeError
from activities.models import wire
from activities.models.failures import MAYBE_BILLED, failure_of, knows_no_schemas, refuses_schema
from activities.models.media import Media
from activities.models.messages import Message, system
from activities.models.naming import wire_names
from activities.models.output import instruction, is_closed, is_object
from activities.models.providers import NO_KEY, speaking
from activities.models.request import ModelRequest, Said
from plait.models import Resolved

FIRST_SECONDS = 180.0
"""How long a stream may take for its first word: models that reason are silent until they have."""
IDLE_SECONDS = 60.0
"""How long it may be silent after that."""

_without_schemas: set[tuple[str | None, str]] = set()
"""Models without structured output, by address and name: they are told of schemas in words from then on."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a stream may be silent, before its first word and after it."""

    first: float = FIRST_SECONDS
    idle: float = IDLE_SECONDS


async def call(
    client: httpx2.AsyncClient,
    resolved: Resolved,
    key: str | None,
    request: ModelRequest,
    media: Media,
    say: Callable[[str], None],
    patience: Patience = Patience(),
) -> Said:
    """What the model answers. Raises NodeError, typed by what went wrong."""
    model = speaking(resolved.kind).model_of(client, resolved.model, resolved.base_url, key or NO_KEY)
    place = (resolved.base_url, resolved.model)
    native = request.output_schema is not None and place not in _without_schemas and _takes_schema(model, request)
    try:
        try:
            return await _call(model, request, media, say, patience, native=native)
        except Exception as error:
            if not (native and refuses_schema(error)):
                raise
            if knows_no_schemas(error):
                _without_schemas.add(place)
            return await _call(model, request, media, say, patience, native=False)
    except TimeoutError:
        message = f"{resolved.reference} is silent for too long: its stream has stalled"
        raise NodeError("ModelTimeout", message, retryable=True, details=MAYBE_BILLED) from None
    except Exception as error:  # noqa: BLE001 - each has its type as a failure
        # Not `from error`: what a provider says may repeat the key, and Temporal keeps the causes of a failure.
        raise failure_of(resolved, error) from None


async def _call(
    model: Model,
    request: ModelRequest,
    media: Media,
    say: Callable[[str], None],
    patience: Patience,
    *,
    native: bool,
) -> Said:
    if request.output_schema is not None and not native:
        request = replace(request, messages=_instructed(request.messages, instruction(request.output_schema)))
    names = wire_names(_named(request))
    told = wire.history(request.messages, media, names)
    parameters, settings = _parameters(request, names, native=native), _settings(request)
    if not request.stream:
        response = await model_request(model, told, model_settings=settings, model_request_parameters=parameters)
        return wire.said(response, names)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(patience.first) as clock:
        opened = model_request_stream(model, told, model_settings=settings, model_request_parameters=parameters)
        async with opened as stream:
            async for event in stream:
                clock.reschedule(loop.time() + patience.idle)
                match event:
                    case PartStartEvent(part=TextPart(content=text)) if text:
                        say(text)
                    case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                        say(text)
                    case _:
                        pass
        return wire.said(stream.get(), names)


def _parameters(request: ModelRequest, names: dict[str, str], *, native: bool) -> ModelRequestParameters:
    tools = wire.definitions(request.tools, names)
    if not native or request.output_schema is None:
        return ModelRequestParameters(function_tools=tools)
    wanted = OutputObjectDefinition(json_schema=request.output_schema, name="output")
    return ModelRequestParameters(function_tools=tools, output_mode="native", output_object=wanted)


def _settings(request: ModelRequest) -> ModelSettings:
    settings = ModelSettings()
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    if request.max_tokens is not None:
        settings["max_tokens"] = request.max_tokens
    return settings


def _takes_schema(model: Model, request: ModelRequest) -> bool:
    """Whether the model has structured output of its own for this request."""
    profile, schema = model.profile, request.output_schema or {}
    if not profile.get("supports_json_schema_output", False) or not is_object(schema):
        return False
    if model.system == "anthropic" and not is_closed(schema):
        return False
    return not request.tools or model.system != "google" or bool(profile.get("google_supports_tool_combination", False))


def _instructed(messages: Sequence[Message], text: str) -> list[Message]:
    """The messages, with this at the end of their system prompt."""
    if messages and messages[0]["role"] == "system":
        return [system(f"{messages[0]['content']}\n\n{text}"), *messages[1:]]
    return [system(text), *messages]


def _named(request: ModelRequest) -> list[str]:
    """Every tool that is offered, or was called before."""
    called = [call["name"] for message in request.messages for call in message.get("tool_calls", ())]
    given = [message["name"] for message in request.messages if message["role"] == "tool" and "name" in message]
    return [*(tool.name for tool in request.tools), *called, *given]
