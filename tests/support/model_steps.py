"""What the server of models does with one request: answers in the shape of each provider, and everything that goes wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "model_answers"
"""Answers as providers gave them: JSON, or server-sent events."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one request.

    An answer has `text`, or `calls` of tools as `(name, args)`; args that are text are sent as they
    are. It comes when `together` requests wait for theirs. `delay` passes before the first byte, `pause` before each piece of a stream after the first.
    `cut_after` pieces the connection is closed. With a `status` or a `body` that is sent instead.
    """

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    finish: str | None = None
    usage: tuple[int, int] | None = (11, 7)
    cached: int = 0
    refusal: str | None = None
    together: int = 0
    delay: float = 0.0
    pause: float = 0.0
    cut_after: int | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def after(self, seconds: float) -> "Step":
        """The same, later."""
        return replace(self, delay=seconds)

    def pieces(self) -> list[str]:
        """The text as it is streamed: word by word."""
        words = self.text.split(" ")
        return [f"{word} " for word in words[:-1]] + words[-1:]

    @property
    def finish_reason(self) -> str:
        """As OpenAI names it."""
        return self.finish or ("tool_calls" if self.calls else "stop")


def says(text: str, **said: Any) -> Step:
    """An answer in words."""
    return Step(text=text, **said)


def gives(value: Any, **said: Any) -> Step:
    """An answer that is JSON."""
    return Step(text=json.dumps(value), **said)


def calls(*called: tuple[str, Any], **said: Any) -> Step:
    """An answer that calls tools: `calls(("search", {"query": "x"}))`."""
    return Step(calls=called, **said)


def fails(status: int, message: str = "as asked", code: str | None = None, **headers: str) -> Step:
    """An error in OpenAI's shape; `retry_after="2"` is a header."""
    error = {"message": message, "type": "error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Step(status=status, body=json.dumps({"error": error}).encode(), headers=named)


def malformed() -> Step:
    """Something that begins like an answer."""
    return Step(body=b'{"id": "chatcmpl-1", "choices": [{"mess')


def recorded(name: str, status: int = 200, **headers: str) -> Step:
    """An answer as a provider gave it, from a file."""
    body = (RECORDED / name).read_bytes()
    kind = "text/event-stream" if name.endswith(".sse") else "application/json"
    named = {header.replace("_", "-"): value for header, value in headers.items()}
    return Step(status=status, body=body, headers={"content-type": kind, **named})


def as_openai(step: Step, asked: dict[str, Any]) -> dict[str, Any]:
    """The answer as `chat/completions` gives it whole."""
    message: dict[str, Any] = {"role": "assistant", "content": step.text or None, "refusal": step.refusal}
    if step.calls:
        message["tool_calls"] = [_openai_call(at, call) for at, call in enumerate(step.calls)]
    choice = {"index": 0, "message": message, "finish_reason": step.finish_reason, "logprobs": None}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1763700000, "model": asked["model"]}
    return {**whole, "choices": [choice], "usage": _openai_usage(step)}


def openai_events(step: Step, asked: dict[str, Any]) -> Iterator[bytes]:
    """The answer as `chat/completions` streams it."""
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1763700000, "model": asked["model"]}
    deltas: list[dict[str, Any]] = [{"content": piece} for piece in step.pieces() if piece]
    for at, call in enumerate(step.calls):
        made = {"index": at, **_openai_call(at, call)}
        written = made["function"]["arguments"]
        half = len(written) // 2
        deltas.append({"tool_calls": [{**made, "function": {**made["function"], "arguments": written[:half]}}]})
        deltas.append({"tool_calls": [{"index": at, "function": {"arguments": written[half:]}}]})
    if step.refusal:
        deltas.append({"refusal": step.refusal})
    for at, delta in enumerate(deltas):
        said = {"role": "assistant", **delta} if at == 0 else delta
        yield _event({**base, "choices": [{"index": 0, "delta": said, "finish_reason": None}]})
    yield _event({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": step.finish_reason}]})
    if step.usage is not None:
        yield _event({**base, "choices": [], "usage": _openai_usage(step)})
    yield b"data: [DONE]\n\n"


def as_anthropic(step: Step, asked: dict[str, Any]) -> dict[str, Any]:
    """The answer as Anthropic's `messages` gives it whole."""
    content: list[dict[str, Any]] = [{"type": "text", "text": step.text}] if step.text else []
    for at, (name, args) in enumerate(step.calls):
        content.append({"type": "tool_use", "id": f"toolu_{at}", "name": name, "input": args})
    reasons = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "content_filter": "refusal"}
    tokens = step.usage or (0, 0)
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": content,
        "stop_reason": reasons[step.finish_reason],
        "stop_sequence": None,
        "usage": {"input_tokens": tokens[0], "output_tokens": tokens[1]},
    }


def anthropic_events(step: Step, asked: dict[str, Any]) -> Iterator[bytes]:
    """The answer as Anthropic streams it; its library wants streams where an answer may be long."""
    whole = as_anthropic(step, asked)
    begun = {**whole, "content": [], "stop_reason": None}
    yield _named_event("message_start", message=begun)
    for at, block in enumerate(whole["content"]):
        empty = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
        yield _named_event("content_block_start", index=at, content_block=empty)
        if block["type"] == "text":
            for piece in step.pieces():
                yield _named_event("content_block_delta", index=at, delta={"type": "text_delta", "text": piece})
        else:
            written = json.dumps(block["input"])
            delta = {"type": "input_json_delta", "partial_json": written}
            yield _named_event("content_block_delta", index=at, delta=delta)
        yield _named_event("content_block_stop", index=at)
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield _named_event("message_delta", delta=ended, usage={"output_tokens": whole["usage"]["output_tokens"]})
    yield _named_event("message_stop")


def as_google(step: Step) -> dict[str, Any]:
    """The answer as Gemini's `generateContent` gives it whole."""
    parts: list[dict[str, Any]] = [{"text": step.text}] if step.text else []
    parts += [{"functionCall": {"name": name, "args": args}} for name, args in step.calls]
    reasons = {"length": "MAX_TOKENS", "content_filter": "SAFETY"}
    tokens = step.usage or (0, 0)
    return {
        "candidates": [
            {
                "content": {"role": "model", "parts": parts},
                "finishReason": reasons.get(step.finish_reason, "STOP"),
                "index": 0,
            }
        ],
        "usageMetadata": {
            "promptTokenCount": tokens[0],
            "candidatesTokenCount": tokens[1],
            "totalTokenCount": sum(tokens),
        },
        "modelVersion": "gemini-2.5-flash",
        "responseId": "r1",
    }


def _openai_call(at: int, call: tuple[str, Any]) -> dict[str, Any]:
    name, args = call
    written = args if isinstance(args, str) else json.dumps(args)
    return {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": written}}


def _openai_usage(step: Step) -> dict[str, Any] | None:
    if step.usage is None:
        return None
    given, made = step.usage
    details = {"cached_tokens": step.cached}
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": details,
    }


def _named_event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"
