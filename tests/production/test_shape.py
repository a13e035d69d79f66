"""The shape as it stands: how it comes up, who gets in, what Temporal and the watchers see of it."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from interpreter.shell.wire import TASK_QUEUE, workflow_id
from tests.production.processes import run_to_end
from tests.production.runs import run_diamond, run_reading, store_example, store_reading
from tests.production.shape import Shape
from tests.support.http_server import HttpServer
from tests.support.spans import spans_of


async def test_processes_started_before_the_schema_waited_for_it(shape: Shape) -> None:
    for name in ("api-1", "workflow-worker-1"):
        assert "run `plait migrate up`" in shape.processes[name].said
        await shape.processes[name].until("/readyz", 200)


async def test_without_the_key_only_health_is_told(shape: Shape) -> None:
    async with httpx2.AsyncClient(base_url=shape.processes["api-1"].url, trust_env=False) as client:
        addresses = ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"]
        addresses += [f"/api/v1/{name}" for name in ("me", "system", "workflows", "workflow_runs", "gates", "tools")]
        answered = {address: (await client.get(address)).status_code for address in addresses}
    assert [address for address, status in answered.items() if status != 401] == ["/healthz", "/readyz"], answered


async def test_without_a_key_the_api_does_not_start_where_others_reach_it(shape: Shape) -> None:
    settings = shape.settings_of("api", PLAIT_PORT="0")
    settings["PLAIT_SECRETS_DIR"] = str(shape.home / "secrets-of" / "activity-worker")
    said = await asyncio.to_thread(run_to_end, [shape.plait, "api"], settings, shape.home, code=1)
    assert "set PLAIT_API_KEY, or listen on 127.0.0.1" in said


async def test_temporal_knows_a_run_by_its_workflow_and_its_name(shape: Shape) -> None:
    await store_example(shape, "diamond")
    run = await run_diamond(shape, 1, 3)
    temporal = await shape.temporal()
    query = f"PlaitWorkflow = 'diamond' and WorkflowId = '{workflow_id(run['id'])}'"
    async with asyncio.timeout(20):
        while not (found := [each async for each in temporal.list_workflows(query)]):
            await asyncio.sleep(0.1)
    described = await temporal.get_workflow_handle(found[0].id).describe()
    assert await described.static_summary() == "Diamond"


async def test_temporal_keeps_histories_as_long_as_migrate_said(shape: Shape) -> None:
    service = (await shape.temporal()).workflow_service
    described = await service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)


@pytest.mark.parametrize(
    ("worker", "kind", "other"),
    [
        ("workflow-worker-1", 'worker_type="WorkflowWorker"', 'worker_type="ActivityWorker"'),
        ("activity-worker-1", 'worker_type="ActivityWorker"', 'worker_type="WorkflowWorker"'),
    ],
)
async def test_a_worker_counts_what_it_does_of_runs_and_nothing_else(
    shape: Shape, worker: str, kind: str, other: str
) -> None:
    async with asyncio.timeout(20):
        while "temporal_worker_task_slots_available" not in (
            told := await shape.processes[worker].until("/metrics", 200)
        ):
            await asyncio.sleep(0.2)
    slots = [line for line in told.splitlines() if line.startswith("temporal_worker_task_slots_available{")]
    lines = [line for line in slots if f'task_queue="{TASK_QUEUE}"' in line]
    assert any(kind in line for line in lines)
    assert not any(other in line for line in lines)
    calls = [line for line in told.splitlines() if 'operation="DescribeNamespace"' in line]
    assert all(line.startswith("temporal_request") for line in calls), calls


async def test_request_workflow_and_node_are_one_trace_over_three_processes(
    shape: Shape, collector: HttpServer
) -> None:
    await store_reading(shape)
    await run_reading(shape, 2)
    wanted = {"StartWorkflow:plait.run", "RunWorkflow:plait.run", "RunActivity:tool_call"}
    async with asyncio.timeout(30):
        while not (whole := [trace for trace in traces_of(collector) if {span.name for span in trace} >= wanted]):
            await asyncio.sleep(0.2)
    roots = {span.name for trace in whole for span in trace if not span.parent_span_id}
    assert roots == {"POST /workflows/{ref}/run"}


def traces_of(collector: HttpServer) -> list[list[Span]]:
    """The spans so far, by trace."""
    traces: dict[bytes, list[Span]] = {}
    for span in spans_of(collector.seen):
        traces.setdefault(span.trace_id, []).append(span)
    return list(traces.values())


async def test_migrations_go_up_and_down_as_the_owner(shape: Shape) -> None:
    shape.psql("create database scratch owner plait")
    owner = (shape.secrets / "plait_database_owner_url").read_text()
    database = {"PLAIT_DATABASE_OWNER_URL": owner.removesuffix("/plait") + "/scratch"}

    def migrate(*command: str) -> dict[str, Any]:
        return json.loads(shape.migrate(*command, "--json", **database))

    every = migrate("status")["pending"]
    assert migrate("up")["applied"] == every
    assert migrate("up")["applied"] == []
    assert migrate("status")["applied"] == every
    assert migrate("down", "0")["undone"] == every[::-1]
    assert migrate("status")["pending"] == every


async def test_postgres_has_connections_to_spare_for_all_processes(shape: Shape) -> None:
    most = int(shape.psql("show max_connections"))
    assert int(shape.psql("select count(*) from pg_stat_activity")) < most / 2
