"""How a worker's payloads travel: large ones by reference, and a large definition is compiled on its way."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import orjson
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    ExternalStorage,
    PayloadCodec,
    StorageDriver,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
    StorageDriverWorkflowInfo,
)

from interpreter.plan.definition import load_plan
from interpreter.plan.model import Plan
from interpreter.shell.wire import workflow_id
from plait.store.offload import Offload

BY_REFERENCE = 256 * 1024
"""Bytes, compressed, from which a payload is kept outside of Temporal: a wide fan-in, a snapshot. Temporal
takes 2 MiB at once, and 50 MiB in one history.
"""
LARGE = 256 * 1024
"""Bytes of text from which a definition is not compiled in the workflow's thread, which has two seconds."""


def with_large_payloads(client: Client, offload: Offload) -> Client:
    """The same client, which keeps what is large outside of Temporal and reads it again."""
    config = client.config()
    converter: DataConverter = config["data_converter"]
    assert converter.payload_codec is not None
    config["data_converter"] = replace(
        converter,
        payload_converter_class=SharedConverter,
        payload_codec=CompilingCodec(converter.payload_codec),
        external_storage=ExternalStorage([OffloadDriver(offload)], payload_size_threshold=BY_REFERENCE),
    )
    return Client(**config)


class SharedConverter(CompositePayloadConverter):
    """The converter with external storage is made anew for each activity; what it has learned of types is kept."""

    _shared = PydanticPayloadConverter()

    def __init__(self) -> None:
        super().__init__(*self._shared.converters.values())


class OffloadDriver(StorageDriver):
    """Hands payloads to `Offload`, with the run whose workflow they belong to."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload

    def name(self) -> str:
        """What histories call it."""
        return "plait"

    async def store(self, context: StorageDriverStoreContext, payloads: Sequence[Payload]) -> list[StorageDriverClaim]:
        """Keep each; the claims say where."""
        assert isinstance(context.target, StorageDriverWorkflowInfo), "whatever is large belongs to a workflow"
        run_id = UUID((context.target.id or "").removeprefix(workflow_id("")))
        kept = [await self._offload.store(run_id, payload.SerializeToString()) for payload in payloads]
        return [StorageDriverClaim({"id": str(each)}) for each in kept]

    async def retrieve(
        self,
        context: StorageDriverRetrieveContext,  # noqa: ARG002 - the base class's
        claims: Sequence[StorageDriverClaim],
    ) -> list[Payload]:
        """Read each again."""
        return [Payload.FromString(await self._offload.load(UUID(claim.claim_data["id"]))) for claim in claims]


class CompilingCodec(PayloadCodec):
    """Compiles the definition in what a run starts with while that is decoded, if it is large.

    Payloads are decoded outside of the workflow's thread, also in a replay, and plans are cached in the
    process: the workflow finds its plan there. It leaves no trace in the history.
    """

    def __init__(self, codec: PayloadCodec) -> None:
        self._codec = codec
        self._compiling: dict[str, asyncio.Task[Plan]] = {}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """As the codec inside does."""
        return await self._codec.encode(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """As the codec inside does; returns when the plan is there."""
        decoded = await self._codec.decode(payloads)
        for payload in decoded:
            if len(payload.data) > LARGE:
                await self._compile(payload.data)
        return decoded

    async def _compile(self, data: bytes) -> None:
        match orjson.loads(data):
            case {"definition": str(definition), "hash": str(hash)}:
                pass
            case _:
                return
        compiling = self._compiling.get(hash)
        if compiling is None:
            # Many runs of one version come at once when a worker starts.
            compiling = asyncio.create_task(asyncio.to_thread(load_plan, definition, hash))
            self._compiling[hash] = compiling
            compiling.add_done_callback(lambda _: self._compiling.pop(hash))
        await asyncio.shield(compiling)
