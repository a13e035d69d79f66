"""A provider of models that answers at once, as a process of its own: `python -m benchmarks.model_server PORT`.

It speaks OpenAI's protocol. The name of the model says how it answers: `wait-0.5` after half a second, `tools-5` with a
call of the first tool until there are five results. Each word of a stream is the moment at which it was sent.
"""

import asyncio
import json
import sys
import time
from typing import Any

import uvicorn

WORDS = 20
BETWEEN = 0.02
"""Seconds between two words of a stream."""
TEXT = "The invoice matches the order, and the sum is right. "
USAGE = {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52}


async def app(_scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`POST /v1/chat/completions`."""
    asked = json.loads(await _body(receive))
    if asked["model"].startswith("wait-"):
        await asyncio.sleep(float(asked["model"].removeprefix("wait-")))
    if asked.get("stream"):
        await _stream(asked, send)
    else:
        body = json.dumps(_answer(asked)).encode()
        await _begin(send, b"application/json", (b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    message, reason = _message(asked)
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return _shared(asked, "chat.completion") | {"choices": [choice], "usage": USAGE}


def _message(asked: dict[str, Any]) -> tuple[dict[str, Any], str]:
    results = sum(message["role"] == "tool" for message in asked["messages"])
    if asked["model"].startswith("tools-") and results < int(asked["model"].removeprefix("tools-")):
        called = {"name": asked["tools"][0]["function"]["name"], "arguments": "{}"}
        call = {"index": 0, "id": f"call_{results}", "type": "function", "function": called}
        return {"role": "assistant", "tool_calls": [call]}, "tool_calls"
    return {"role": "assistant", "content": TEXT}, "stop"


async def _stream(asked: dict[str, Any], send: Any) -> None:
    await _begin(send, b"text/event-stream")
    shared = _shared(asked, "chat.completion.chunk")
    message, reason = _message(asked)
    for _ in range(0 if asked["model"].startswith("tools-") else WORDS):
        message = {"role": "assistant", "content": f"{time.time():.6f} "}
        await _say(send, shared | {"choices": [{"index": 0, "delta": message, "finish_reason": None}]})
        await asyncio.sleep(BETWEEN)
        message = {}
    end = {"index": 0, "delta": message, "finish_reason": reason}
    await _say(send, shared | {"choices": [end], "usage": USAGE})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


def _shared(asked: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": asked["model"]}


async def _begin(send: Any, kind: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), *headers]})


async def _say(send: Any, chunk: dict[str, Any]) -> None:
    body = f"data: {json.dumps(chunk)}\n\n".encode()
    await send({"type": "http.response.body", "body": body, "more_body": True})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off", backlog=1024)
