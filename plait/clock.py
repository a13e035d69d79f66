"""The one place that reads the clock and makes ids; everything else is handed a time."""

import secrets
import time
from datetime import UTC, datetime
from uuid import UUID


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the place


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits, so ids sort by age."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    return UUID(
        int=(milliseconds << 80) | (0x7 << 76) | ((random >> 62) << 64) | (0b10 << 62) | (random & (1 << 62) - 1)
    )


def rfc3339(moment: datetime) -> str:
    """UTC with six digits of a fraction and a `Z`: the one form in which times leave Plait."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
