"""The messages that go to models and come back: JSON in one format, stored, shown, and handed from node to node."""

from collections.abc import Iterator
from typing import Any, NotRequired, TypedDict

from activities.kind import NodeError
from interpreter.values import Json
from plait.values.schema import compiled

Message = dict[str, Any]
"""`{role, content}`, of an assistant also `tool_calls`, of a tool `tool_call_id` and `name`."""


class Call(TypedDict):
    """A call of a tool as an assistant's message holds it."""

    id: str
    name: str
    args: dict[str, Any]
    malformed: NotRequired[str]
    """What the model wrote as arguments, where that was no JSON object; `args` is empty then."""


_TEXT = {
    "type": "object",
    "required": ["type", "text"],
    "additionalProperties": False,
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
}
_SOURCE = {"oneOf": [{"required": ["url"]}, {"required": ["file"]}, {"required": ["data", "media_type"]}]}
_MEDIA = {
    "type": "object",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["image", "file"]},
        "url": {"type": "string", "description": "Where it is fetched, by the worker."},
        "file": {"type": "string", "description": "Its name in the worker's files folder."},
        "data": {"type": "string", "description": "Its bytes in base64."},
        "media_type": {"type": "string", "pattern": "^[a-z]+/[A-Za-z0-9.+-]+$"},
    },
    **_SOURCE,
}
_CALL = {
    "type": "object",
    "required": ["id", "name", "args"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "args": {"type": "object"}},
}
_CONTENT = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"anyOf": [_TEXT, _MEDIA]}}]}


def _said_by(role: str, *required: str, **more: Any) -> dict[str, Any]:
    properties = {"role": {"const": role}, "content": _CONTENT, **more}
    names = ["role", "content", *required]
    return {"type": "object", "required": names, "additionalProperties": False, "properties": properties}


SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "oneOf": [
            _said_by("system", content={"type": "string"}),
            _said_by("user"),
            _said_by("assistant", content={"type": "string"}, tool_calls={"type": "array", "items": _CALL}),
            _said_by("tool", "tool_call_id", tool_call_id={"type": "string"}, name={"type": "string"}),
        ]
    },
}
"""What messages must be."""


def checked(value: Json) -> list[Message]:
    """The messages. Raises NodeError when the value is none: `MessagesInvalid`, with the place of each problem."""
    if not compiled(SCHEMA).accepts(value):
        problems = [f"messages{problem}" for problem in _problems(value)]
        message = f"these are not messages for a model: {'; '.join(problems[:3])}"
        raise NodeError("MessagesInvalid", message, category="input", details={"problems": problems})
    return value  # pyright: ignore[reportReturnType] - the schema says so


def system(text: str) -> Message:
    """What frames the conversation."""
    return {"role": "system", "content": text}


def user(content: str | list[dict[str, Any]]) -> Message:
    """What a person or a workflow says."""
    return {"role": "user", "content": content}


def assistant(text: str, calls: list[Call] | None = None) -> Message:
    """What a model said, and the tools that it wants called."""
    said: Message = {"role": "assistant", "content": text}
    return {**said, "tool_calls": calls} if calls else said


def tool(call: Call, content: str) -> Message:
    """What a tool gave for a call."""
    return {"role": "tool", "tool_call_id": call["id"], "name": call["name"], "content": content}


def framed(text: str | None, messages: list[Message]) -> list[Message]:
    """The messages under this system prompt, which takes the place of those that they begin with."""
    if text is None:
        return messages
    first = next((at for at, message in enumerate(messages) if message["role"] != "system"), len(messages))
    return [system(text), *messages[first:]]


def text_in(message: Message) -> str:
    """All text of a message."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _problems(value: Json) -> list[str]:
    """Which messages are wrong and how, in words of the format: a schema of alternatives only says that none fits."""
    if not isinstance(value, list) or not value:
        return [" must be a list of at least one"]
    items = SCHEMA["items"]["oneOf"]
    by_role = {item["properties"]["role"]["const"]: item for item in items}
    found: list[str] = []
    for at, message in enumerate(value):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in by_role:
            found.append(f"[{at}] needs a role: system, user, assistant or tool")
            continue
        in_parts = [f"[{at}].content{problem}" for problem in _in_parts(role, message.get("content"))]
        found += in_parts or [f"[{at}].{violation}" for violation in compiled(by_role[role]).violations(message)]
    return found


def _in_parts(role: str, content: Json) -> Iterator[str]:
    """What is wrong with the parts of a content, where it may have some."""
    if role not in {"user", "tool"} or not isinstance(content, list):
        return
    for at, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in ("text", "image", "file"):
            yield f"[{at}] needs a type: text, image or file"
        elif kind != "text" and not compiled(_SOURCE).accepts(part):
            yield f"[{at}] needs one of `url`, `file`, and `data` with `media_type`"
        else:
            yield from (f"[{at}].{each}" for each in compiled(_TEXT if kind == "text" else _MEDIA).violations(part))
