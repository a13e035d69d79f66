"""What Temporal's core counts, handed to OpenTelemetry.

The SDK's own exporter remembers labels by the identity of objects that may be gone by the next
update, and then counts under the labels of others; here every update keeps its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from opentelemetry.metrics import Meter
from temporalio.runtime import (
    BUFFERED_METRIC_KIND_COUNTER,
    BUFFERED_METRIC_KIND_GAUGE,
    BUFFERED_METRIC_KIND_HISTOGRAM,
    BufferedMetric,
    BufferedMetricUpdate,
    MetricBuffer,
)

from plait.background import beside

DRAIN_SECONDS = 1.0

Labels = Mapping[str, str | int | float | bool]
Record = Callable[[float, Labels], None]


@asynccontextmanager
async def exporting(buffer: MetricBuffer, meter: Meter) -> AsyncIterator[None]:
    """Empty the buffer every second while inside, and once more at the end."""
    instruments = Instruments(meter)

    async def drain() -> None:
        while True:
            instruments.apply(buffer.retrieve_updates())
            await asyncio.sleep(DRAIN_SECONDS)

    try:
        async with beside(drain(), "temporal metrics"):
            yield
    finally:
        instruments.apply(buffer.retrieve_updates())


class Instruments:
    """One OpenTelemetry instrument for each metric of the core, made when it is first heard of."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._records: dict[str, Record] = {}

    def apply(self, updates: Iterable[BufferedMetricUpdate]) -> None:
        """Record what was counted."""
        for update in updates:
            record = self._records.get(update.metric.name) or self._make(update.metric)
            record(update.value, dict(update.attributes))

    def _make(self, metric: BufferedMetric) -> Record:
        told = (metric.name, metric.unit or "", metric.description or "")
        if metric.kind == BUFFERED_METRIC_KIND_COUNTER:
            record = self._meter.create_counter(*told).add
        elif metric.kind == BUFFERED_METRIC_KIND_HISTOGRAM:
            record = self._meter.create_histogram(*told).record
        elif metric.kind == BUFFERED_METRIC_KIND_GAUGE:
            record = self._meter.create_gauge(*told).set
        else:
            raise ValueError(f"Temporal's core has a kind of metric that is not known here: {metric.kind}")
        self._records[metric.name] = record
        return record
