"""Our messages as the library has them, and its answers as ours. Importing this imports the library."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.tools import ToolDefinition

from activities.models.media import Media, Medium
from activities.models.messages import Message, text_in
from activities.models.naming import own_name
from activities.models.request import Said, ToolCall, ToolSpec
from activities.storable import storable
from plait.money import Usage


def history(messages: Sequence[Message], media: Media, names: Mapping[str, str]) -> list[ModelMessage]:
    """The messages, those between two answers in one request; tools by their names on the wire."""
    told: list[ModelMessage] = []
    for at, message in enumerate(messages):
        if message["role"] == "assistant":
            told.append(ModelResponse(parts=_answered(message, names)))
        elif told and isinstance(told[-1], ModelRequest):
            told[-1] = ModelRequest(parts=[*told[-1].parts, _asked(at, message, media, names)])
        else:
            told.append(ModelRequest(parts=[_asked(at, message, media, names)]))
    return told


def definitions(tools: Sequence[ToolSpec], names: Mapping[str, str]) -> list[ToolDefinition]:
    """The tools as a model is told of them."""
    return [
        ToolDefinition(name=names[tool.name], description=tool.description, parameters_json_schema=tool.parameters)
        for tool in tools
    ]


def said(response: ModelResponse, names: Mapping[str, str]) -> Said:
    """What the model answered."""
    details = response.provider_details or {}
    return Said(
        text=storable("".join(part.content for part in response.parts if isinstance(part, TextPart))),
        calls=tuple(_called(part, names) for part in response.parts if isinstance(part, ToolCallPart)),
        usage=Usage(
            input_tokens=response.usage.input_tokens,
            output_tokens=response.usage.output_tokens,
            cached_tokens=response.usage.cache_read_tokens,
        ),
        finish_reason=response.finish_reason or "stop",
        refusal=storable(str(details["refusal"])) if "refusal" in details else None,
    )


def _asked(at: int, message: Message, media: Media, names: Mapping[str, str]) -> ModelRequestPart:
    match message["role"]:
        case "system":
            return SystemPromptPart(message["content"])
        case "tool":
            name = message.get("name", "tool")
            return ToolReturnPart(names.get(name, name), text_in(message), tool_call_id=message["tool_call_id"])
        case _:
            content = message["content"]
            if isinstance(content, str):
                return UserPromptPart(content)
            return UserPromptPart([_part(part, media.get((at, index))) for index, part in enumerate(content)])


def _part(part: dict[str, Any], medium: Medium | None) -> UserContent:
    return part["text"] if medium is None else BinaryContent(medium.data, media_type=medium.media_type)


def _answered(message: Message, names: Mapping[str, str]) -> list[ModelResponsePart]:
    parts: list[ModelResponsePart] = [TextPart(message["content"])] if message["content"] else []
    for call in message.get("tool_calls", ()):
        args = call.get("malformed") or call["args"]
        parts.append(ToolCallPart(names.get(call["name"], call["name"]), args, tool_call_id=call["id"]))
    return parts


def _called(part: ToolCallPart, names: Mapping[str, str]) -> ToolCall:
    name, args = own_name(part.tool_name, names), part.args or {}
    if isinstance(args, str):
        with suppress(ValueError):
            args = json.loads(args) or {}
    if not isinstance(args, dict):
        return ToolCall(part.tool_call_id, name, {}, malformed=storable(str(part.args)))
    return ToolCall(part.tool_call_id, name, storable(args))
