"""Runs whose retention has passed: their rows are there, what hung on them lies in the archive."""

from typing import Any

from plait.clock import rfc3339
from plait.errors import Gone


def refuse_purged(run: Any) -> None:
    """Refuse to read on in a run that was purged; the answer says what brings it back."""
    if run["purged_at"] is not None:
        at = rfc3339(run["purged_at"])
        message = f"The run was archived and purged at {at}. Restore it to read on: `plait restore --id {run['id']}`."
        raise Gone(message, code="events_purged")
