"""Node types for tests, as a user's module has them."""

import asyncio
import sys
import time
from collections import Counter
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from activities.custom.registry import CustomTypes, custom_types_in
from plait.sdk import NodeContext, NodeError, node_type

CALLS: Counter[str] = Counter()
"""How often a type was run in a run, by idempotency key."""
STOPPED: list[str] = []
"""The paths of nodes whose function saw that it was cancelled."""


class Line(BaseModel):
    sku: str
    count: Annotated[int, Field(gt=0)] = 1


class Order(BaseModel):
    lines: Annotated[list[Line], Field(description="What is ordered.")]
    express: bool = False
    region: Literal["eu", "us"] = "eu"
    note: str | None = None
    token: SecretStr | None = None
    layout: Annotated[str, Field(json_schema_extra={"x-literal": True})] = ""


class Receipt(BaseModel):
    count: int
    note: str | None
    attempt: int


@node_type(name="shop.order", idempotent=True, timeout=20)
async def order(params: Order, context: NodeContext) -> Receipt:
    """Orders what is in the lines."""
    CALLS[context.idempotency_key] += 1
    for done, _ in enumerate(params.lines, start=1):
        context.heartbeat(done / len(params.lines), f"line {done}")
        await asyncio.sleep(0)
    return Receipt(count=sum(line.count for line in params.lines), note=params.note, attempt=context.attempt)


class Wait(BaseModel):
    seconds: float


@node_type
async def wait_async(params: Wait, context: NodeContext) -> float:
    """Waits in the event loop."""
    try:
        await asyncio.sleep(params.seconds)
    except asyncio.CancelledError:
        STOPPED.append(f"{context.run_id}/{context.path}")
        raise
    return params.seconds


@node_type
def wait_in_thread(params: Wait, context: NodeContext) -> float:
    """Waits in a thread."""
    until = time.monotonic() + params.seconds
    while time.monotonic() < until:
        if context.cancelled():
            STOPPED.append(f"{context.run_id}/{context.path}")
            break
        time.sleep(0.02)
    return params.seconds


class Failing(BaseModel):
    failures: int


def failing(params: Failing, context: NodeContext) -> int:
    CALLS[context.idempotency_key] += 1
    if CALLS[context.idempotency_key] <= params.failures:
        raise NodeError("Flaky", "not this time", retryable=True)
    return CALLS[context.idempotency_key]


@node_type(name="flaky", idempotent=True)
def flaky(params: Failing, context: NodeContext) -> int:
    """Fails so many times."""
    return failing(params, context)


@node_type(name="flaky_once")
def flaky_once(params: Failing, context: NodeContext) -> int:
    """Fails so many times, and must not be run twice."""
    return failing(params, context)


@node_type(name="bare")
def bare():
    """Takes nothing, and promises nothing."""
    return {"done": True}


def custom_types() -> CustomTypes:
    """The types of this file."""
    return CustomTypes(custom_types_in(sys.modules[__name__]))
