"""The connection to Temporal: how payloads travel, and what a namespace must know beforehand."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, PayloadCodec
from temporalio.plugin import SimplePlugin
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from plait.errors import Unavailable
from plait.settings import Settings

WORKFLOW_KEY = SearchAttributeKey.for_keyword("PlaitWorkflow")
STATUS_KEY = SearchAttributeKey.for_keyword("PlaitStatus")
PROJECT_KEY = SearchAttributeKey.for_keyword("PlaitProject")
"""Slugs and ids only: search attributes are never encrypted."""

RETENTION = timedelta(days=30)
COMPRESS_ABOVE = 1024
LARGEST = 64 * 1024 * 1024
"""What a compressed payload may grow to: far above what Temporal accepts, far below what hurts."""

_ENCODING = b"binary/zlib"


class Instruments(Protocol):
    """What measures and traces a client; `plait.telemetry` makes it."""

    @property
    def runtime(self) -> Runtime: ...
    @property
    def temporal_plugins(self) -> list[SimplePlugin]: ...


class ZlibCodec(PayloadCodec):
    """Compresses payloads over 1 KiB, so that a definition travels by value in every history."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Compress what is large and gets smaller by it."""
        return [_compress(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Undo `encode`; what was not compressed stays as it is."""
        return [_decompress(payload) for payload in payloads]


DATA_CONVERTER: DataConverter = replace(pydantic_data_converter, payload_codec=ZlibCodec())


async def connect(settings: Settings, *, telemetry: Instruments | None = None) -> Client:
    """A client of the configured namespace. Raises Unavailable when nothing answers there."""
    key = settings.temporal_api_key
    try:
        return await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            api_key=key.get_secret_value() if key else None,
            tls=_tls(settings),
            data_converter=DATA_CONVERTER,
            runtime=telemetry.runtime if telemetry else None,
            plugins=telemetry.temporal_plugins if telemetry else [],
        )
    except (RuntimeError, OSError) as error:
        message = f"Temporal does not answer at {settings.temporal_address}: {str(error).partition(chr(10))[0]}"
        raise Unavailable(message, code="temporal_unavailable") from error


async def prepare_namespace(client: Client) -> None:
    """Search attributes and retention, as `plait dev` and `plait migrate` set them up."""
    await register_search_attributes(client)
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace,
            config=NamespaceConfig(workflow_execution_retention_ttl=Duration(seconds=int(RETENTION.total_seconds()))),
        )
    )


async def register_search_attributes(client: Client) -> None:
    """Make the namespace know Plait's search attributes; harmless when it does."""
    for key in (WORKFLOW_KEY, STATUS_KEY, PROJECT_KEY):
        request = AddSearchAttributesRequest(
            namespace=client.namespace,
            search_attributes={key.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD},
        )
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            if error.status != RPCStatusCode.ALREADY_EXISTS:
                raise


def _tls(settings: Settings) -> TLSConfig | bool | None:
    if settings.temporal_tls_cert and settings.temporal_tls_key:
        return TLSConfig(
            client_cert=settings.temporal_tls_cert.read_bytes(),
            client_private_key=settings.temporal_tls_key.read_bytes(),
        )
    return settings.temporal_tls


def _compress(payload: Payload) -> Payload:
    if payload.ByteSize() <= COMPRESS_ABOVE:
        return payload
    packed = zlib.compress(payload.SerializeToString(), 6)
    if len(packed) >= payload.ByteSize():
        return payload
    return Payload(metadata={"encoding": _ENCODING}, data=packed)


def _decompress(payload: Payload) -> Payload:
    if payload.metadata.get("encoding") != _ENCODING:
        return payload
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(payload.data, LARGEST)
    if not unpacker.eof:
        message = "a compressed payload is broken, or larger than any that Plait writes"
        raise ValueError(message)
    return Payload.FromString(data)
