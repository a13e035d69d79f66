"""What a process says of itself: traces and metrics for OpenTelemetry, and logs."""

from plait.telemetry.opening import METRICS_MEDIA_TYPE, Telemetry, open_telemetry

__all__ = ["METRICS_MEDIA_TYPE", "Telemetry", "open_telemetry"]
