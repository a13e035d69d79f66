"""Each request as a span, in the trace of whoever sent it; what it starts goes on in that trace."""

import time

from opentelemetry import metrics, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

propagator = TraceContextTextMapPropagator()


class Tracing:
    """Middleware that opens the span and counts the request by method, route and status."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.tracer = trace.get_tracer("plait.api")
        self.duration = metrics.get_meter("plait.api").create_histogram(
            "http.server.request.duration", unit="s", description="Time until a request is answered."
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        parent = propagator.extract(dict(Headers(scope=scope)))
        with self.tracer.start_as_current_span(scope["method"], parent, trace.SpanKind.SERVER) as span:
            try:
                await self.app(scope, receive, watch)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                told = {"http.request.method": scope["method"], "http.route": route}
                span.update_name(f"{scope['method']} {route}")
                span.set_attributes(told | {"http.response.status_code": status})
                self.duration.record(time.perf_counter() - began, told | {"http.response.status_code": status})
