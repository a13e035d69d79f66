"""One trace from the request through the workflow to the activity, and nothing of the user in it."""

import asyncio
import json
import os
import sys

import pytest

from tests.support.http_server import HttpServer
from tests.support.spans import spans_of


async def run_traced(temporal: str, *arguments: str, **settings: str) -> str:
    """What the traced process logged."""
    environment = {**os.environ, "PLAIT_TEMPORAL_ADDRESS": temporal, "PLAIT_LOG_FORMAT": "json", **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.traced", *arguments, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    return errors.decode()


async def test_request_workflow_and_activity_are_one_trace(http_server: HttpServer, temporal_address: str) -> None:
    log = await run_traced(temporal_address, PLAIT_OTLP_ENDPOINT=http_server.url)
    spans = spans_of(http_server.seen)
    names = {span.name for span in spans}
    assert {"POST /start", "StartWorkflow:Traced", "RunWorkflow:Traced", "RunActivity:step"} <= names, log
    assert len({span.trace_id for span in spans}) == 1


@pytest.mark.parametrize("ending", ["works", "fails"])
async def test_no_value_of_the_user_is_in_a_span_or_a_log(
    http_server: HttpServer, temporal_address: str, ending: str
) -> None:
    log = await run_traced(temporal_address, ending, PLAIT_OTLP_ENDPOINT=http_server.url)
    assert {span.name for span in spans_of(http_server.seen)} >= {"RunActivity:step"}
    assert not any(b"hunter2" in seen.body for seen in http_server.seen)
    assert "hunter2" not in log


async def test_a_failed_attempt_is_a_span_with_the_type_of_its_error(
    http_server: HttpServer, temporal_address: str
) -> None:
    await run_traced(temporal_address, "fails", PLAIT_OTLP_ENDPOINT=http_server.url)
    (span,) = [span for span in spans_of(http_server.seen) if span.name == "RunActivity:step"]
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert ("error.type", "ValueError") in [(each.key, each.value.string_value) for each in span.attributes]


@pytest.mark.parametrize("exporting", [True, False])
async def test_an_activity_logs_the_trace_of_the_request(
    http_server: HttpServer, temporal_address: str, *, exporting: bool
) -> None:
    settings = {"PLAIT_OTLP_ENDPOINT": http_server.url} if exporting else {}
    lines = [json.loads(line) for line in (await run_traced(temporal_address, **settings)).splitlines()]
    (working,) = [line for line in lines if line["message"] == "working"]
    assert len(working["trace_id"]) == 32
    assert working["activity"] == "step"


async def test_without_an_endpoint_nothing_is_sent(http_server: HttpServer, temporal_address: str) -> None:
    await run_traced(temporal_address)
    assert http_server.seen == []
