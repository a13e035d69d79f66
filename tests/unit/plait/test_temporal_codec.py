"""How payloads travel."""

import os
from dataclasses import dataclass, field

import pytest
from temporalio.api.common.v1 import Payload

from plait.temporal import DATA_CONVERTER, ZlibCodec


@dataclass
class Message:
    text: str
    facts: dict[str, tuple[str, int]] = field(default_factory=dict)


async def test_what_is_sent_arrives() -> None:
    sent = Message("x" * 100_000, {"a": ("value", 1)})
    payloads = await DATA_CONVERTER.encode([sent])
    assert payloads[0].ByteSize() < 1000
    assert await DATA_CONVERTER.decode(payloads, [Message]) == [sent]


async def test_a_small_payload_stays_readable() -> None:
    (payload,) = await DATA_CONVERTER.encode([Message("hello")])
    assert b"hello" in payload.data


async def test_what_does_not_get_smaller_is_not_compressed() -> None:
    noise = Payload(metadata={"encoding": b"binary/plain"}, data=os.urandom(5000))
    assert await ZlibCodec().encode([noise]) == [noise]


async def test_metadata_survives() -> None:
    sent = Payload(metadata={"encoding": b"json/plain", "messageType": b"x"}, data=b"a" * 5000)
    assert await ZlibCodec().decode(await ZlibCodec().encode([sent])) == [sent]


async def test_a_payload_that_would_grow_without_end_is_refused() -> None:
    import zlib

    bomb = Payload(metadata={"encoding": b"binary/zlib"}, data=zlib.compress(bytes(100 << 20)))
    with pytest.raises(ValueError, match="larger than any"):
        await ZlibCodec().decode([bomb])
