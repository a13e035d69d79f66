"""What surrounds every activity: its run in the logs and on the span, its duration in the metrics."""

import time
from typing import Any

from opentelemetry import metrics, trace
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from plait.telemetry.logs import log_context

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)


class RunContext(Interceptor):
    """Binds the ids of what an activity works for; never its values."""

    def __init__(self) -> None:
        self._seconds = metrics.get_meter("plait").create_histogram(
            "plait_activity_duration",
            unit="s",
            description="How long attempts took, by activity type and how they ended.",
            explicit_bucket_boundaries_advisory=BUCKETS,
        )

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Surround an activity."""
        return _InActivity(next, self._seconds)


class _InActivity(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, seconds: metrics.Histogram) -> None:
        super().__init__(following)
        self._seconds = seconds

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        info = activity.info()
        ids = ids_of(input.args[0] if input.args else None)
        span = trace.get_current_span()
        for name, value in ids.items():
            span.set_attribute(f"plait.{name}", value)
        began, ended = time.perf_counter(), "failed"
        with log_context(**ids, activity=info.activity_type, attempt=info.attempt):
            try:
                result = await super().execute_activity(input)
                ended = "completed"
                return result
            finally:
                self._seconds.record(time.perf_counter() - began, {"type": info.activity_type, "ended": ended})


def ids_of(argument: object) -> dict[str, str]:
    """The run and path that an activity's argument names, where it names one."""
    found = {name: getattr(argument, name, None) for name in ("run_id", "path")}
    return {name: value for name, value in found.items() if isinstance(value, str)}
