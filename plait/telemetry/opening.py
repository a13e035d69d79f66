"""Traces and metrics of a process: from a request through its workflow to its activities in one
trace, and everything that is counted, Temporal's own series too, in one `/metrics`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from opentelemetry import metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from temporalio.contrib.opentelemetry import (
    OpenTelemetryPlugin,
    ReplaySafeTracerProvider,
    create_tracer_provider,
)
from temporalio.plugin import SimplePlugin
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig

from plait.settings import Settings
from plait.telemetry.temporal import exporting

METRICS_MEDIA_TYPE = CONTENT_TYPE_LATEST


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a process hands to the parts that trace and count."""

    runtime: Runtime
    temporal_plugins: list[SimplePlugin]
    tracer_provider: ReplaySafeTracerProvider
    meter_provider: MeterProvider
    registry: CollectorRegistry

    def metrics_text(self) -> bytes:
        """All series of this process in Prometheus's text form."""
        return generate_latest(self.registry)


@asynccontextmanager
async def open_telemetry(settings: Settings, service: str) -> AsyncIterator[Telemetry]:
    """Set the process's providers; once a process. Spans leave it only for `PLAIT_OTLP_ENDPOINT`."""
    resource = Resource.create({"service.name": f"plait-{service}"})
    registry = CollectorRegistry()
    reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=registry)
    meter_provider = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)
    metrics.set_meter_provider(meter_provider)
    tracer_provider = _tracer_provider(settings, resource)
    trace.set_tracer_provider(tracer_provider)
    buffer = MetricBuffer(50_000)
    telemetry = Telemetry(
        runtime=Runtime(telemetry=TelemetryConfig(metrics=buffer, logging=None, global_tags={"service": service})),
        # Without an exporter the trace's id still travels, and shows in logs and node rows.
        temporal_plugins=[OpenTelemetryPlugin(add_temporal_spans=settings.otlp_endpoint is not None)],
        tracer_provider=tracer_provider,
        meter_provider=meter_provider,
        registry=registry,
    )
    try:
        async with exporting(buffer, meter_provider.get_meter("temporalio")):
            yield telemetry
    finally:
        tracer_provider.shutdown()
        meter_provider.shutdown()


def _tracer_provider(settings: Settings, resource: Resource) -> ReplaySafeTracerProvider:
    if settings.otlp_endpoint is None:
        return create_tracer_provider(sampler=sampling.ALWAYS_OFF, resource=resource, shutdown_on_exit=False)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    provider = create_tracer_provider(resource=resource, shutdown_on_exit=False)
    endpoint = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(WithoutMessages(OTLPSpanExporter(endpoint=endpoint))))
    return provider


class WithoutMessages(SpanExporter):
    """Hands spans on without the messages of exceptions, which may hold a user's values."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the spans on."""
        return self._exporter.export([_without_message(span) for span in spans])

    def shutdown(self) -> None:
        """Close the exporter behind this one."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._exporter.force_flush(timeout_millis)


def _without_message(span: ReadableSpan) -> ReadableSpan:
    if span.status.description is None and not span.events:
        return span
    types = [str(event.attributes.get("exception.type")) for event in span.events if event.attributes]
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes={**(span.attributes or {}), **({"error.type": types[-1]} if types else {})},
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
