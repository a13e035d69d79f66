"""What a namespace knows once Plait prepared it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from plait.errors import Unavailable
from plait.settings import Settings
from plait.temporal import connect, prepare_namespace
from tests.support.temporal import free_port


async def test_histories_are_kept_for_thirty_days(temporal: Client) -> None:
    await prepare_namespace(temporal)
    described = await temporal.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)


async def test_search_attributes_are_known_however_often_they_are_registered(temporal: Client) -> None:
    await asyncio.gather(*(prepare_namespace(temporal) for _ in range(3)))
    listed = await temporal.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    assert {"PlaitWorkflow", "PlaitStatus", "PlaitProject"} <= set(listed.custom_attributes)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="Temporal does not answer at") as away:
        await connect(Settings(temporal_address=f"127.0.0.1:{free_port()}"))
    assert away.value.code == "temporal_unavailable"
