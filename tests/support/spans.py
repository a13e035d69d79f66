"""What an OpenTelemetry collector got."""

from collections.abc import Iterable

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.http_server import Seen


def spans_of(seen: Iterable[Seen]) -> list[Span]:
    """Every span in these requests."""
    requests = [ExportTraceServiceRequest.FromString(each.body) for each in seen if each.path == "/v1/traces"]
    return [span for each in requests for of in each.resource_spans for scope in of.scope_spans for span in scope.spans]
