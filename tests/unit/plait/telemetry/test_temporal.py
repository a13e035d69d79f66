"""What Temporal's core counts is counted under its own labels."""

from dataclasses import dataclass

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from temporalio.common import MetricAttributes
from temporalio.runtime import (
    BUFFERED_METRIC_KIND_COUNTER,
    BUFFERED_METRIC_KIND_GAUGE,
    BUFFERED_METRIC_KIND_HISTOGRAM,
    BufferedMetricKind,
)

from plait.telemetry.temporal import Instruments


@dataclass(frozen=True)
class Metric:
    name: str
    kind: BufferedMetricKind
    description: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Update:
    metric: Metric
    value: float
    attributes: MetricAttributes


def counted(kind: BufferedMetricKind, values: list[tuple[float, str]]) -> dict[str, float]:
    """The value under each label, when every update is gone before the next one comes."""
    reader = InMemoryMetricReader()
    instruments = Instruments(MeterProvider(metric_readers=[reader]).get_meter("test"))
    metric = Metric("calls", kind)
    for value, label in values:
        instruments.apply([Update(metric, value, {"operation": label})])
    data = reader.get_metrics_data()
    assert data is not None
    (found,) = data.resource_metrics[0].scope_metrics[0].metrics
    return {
        str((point.attributes or {})["operation"]): getattr(point, "sum", getattr(point, "value", 0))
        for point in found.data.data_points
    }


@pytest.mark.parametrize(
    ("kind", "total"),
    [(BUFFERED_METRIC_KIND_COUNTER, 8), (BUFFERED_METRIC_KIND_HISTOGRAM, 8), (BUFFERED_METRIC_KIND_GAUGE, 5)],
)
def test_each_update_is_counted_under_its_own_labels(kind: BufferedMetricKind, total: int) -> None:
    assert counted(kind, [(3, "poll"), (1, "describe"), (5, "poll")]) == {"poll": total, "describe": 1}
