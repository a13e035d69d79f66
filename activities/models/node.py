"""The node `llm`: one question to a model, its answer the node's output."""

from typing import Any

from activities.kind import NodeContext, NodeError
from activities.models.client import ask_model
from activities.models.messages import Message, checked, framed, user
from activities.models.refusals import refused_before
from activities.models.request import ModelAnswer, ModelRequest
from interpreter.values import Json, canonical
from plait.values.schema import compiled

SETTINGS = {
    "properties": {
        "model": {"type": "string"},
        "temperature": {"type": "number", "minimum": 0},
        "max_tokens": {"type": "integer", "minimum": 1},
        "fallback": {"type": "array", "items": {"type": "string"}},
        "stream": {"type": "boolean"},
    }
}
"""What templates must come to."""
MOST_KEPT = 1024 * 1024
"""Bytes of messages that are kept with the node for others to go on with."""


async def ask(context: NodeContext, given: dict[str, Any]) -> Json:
    """The text, or the object of the node's `output_schema`. Raises NodeError."""
    _check(given)
    schema = context.node.node.output_schema
    said = [user(given["prompt"])] if "prompt" in given else checked(given.get("messages"))
    messages = framed(given.get("system"), said)
    answer = await ask_model(
        context,
        ModelRequest(
            model=given["model"],
            messages=[*messages, *await refused_before(context)],
            output_schema=schema if isinstance(schema, dict) else None,
            temperature=given.get("temperature"),
            max_tokens=int(given["max_tokens"]) if "max_tokens" in given else None,
            fallback=tuple(given.get("fallback", ())),
            stream=given.get("stream", False),
        ),
    )
    context.meta.update(meta_of(answer, messages))
    if answer.finish_reason == "length":
        context.log("The answer ends where it may say no more: max_tokens, or the model's own limit.", "warning")
    return answer.output


def _check(given: dict[str, Any]) -> None:
    if problems := [f"with.{problem}" for problem in compiled(SETTINGS).violations(given)]:
        message = f"a model cannot be asked with these: {'; '.join(problems)}"
        raise NodeError("ParametersInvalid", message, category="input", details={"problems": problems})


def meta_of(answer: ModelAnswer, messages: list[Message]) -> dict[str, Any]:
    """What the node says of its answer; `messages` is the conversation so far, for a node that goes on with it."""
    meta: dict[str, Any] = {
        "model": answer.model,
        "usage": {
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "cached_tokens": answer.usage.cached_tokens,
        },
        "cost_usd": None if answer.cost_usd is None else float(answer.cost_usd),
        "finish_reason": answer.finish_reason,
        "calls": answer.calls,
    }
    if answer.tried:
        meta["tried"] = list(answer.tried)
    told = [*(_without_data(message) for message in messages), answer.message]
    if len(canonical(told)) <= MOST_KEPT:
        meta["messages"] = told
    return meta


def _without_data(message: Message) -> Message:
    """The message without the bytes that it holds: they are not kept a second time."""
    content = message["content"]
    if isinstance(content, str):
        return message
    return {**message, "content": [_named(part) for part in content]}


def _named(part: dict[str, Any]) -> dict[str, Any]:
    if "data" not in part:
        return part
    called = {"image": "an image", "file": "a file"}[part["type"]]
    return {"type": "text", "text": f"({called} was here: {part['media_type']})"}
