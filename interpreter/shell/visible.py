"""What Temporal's Web UI shows of a run besides its history."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from interpreter.shell.keys import Key

STATUS = SearchAttributeKey.for_keyword("PlaitStatus")
NAMES = 20
"""Gates named at most."""


class Visible:
    """Tells of what Temporal's own status does not say. A run that simply completes costs nothing."""

    def __init__(self) -> None:
        self._gates: dict[Key, str] = {}

    def show_status(self, status: str) -> None:
        """Set the search attribute, if it is not what Temporal says anyway."""
        told = workflow.info().typed_search_attributes.get(STATUS)
        if told != status and (told is not None or status != "completed"):
            workflow.upsert_search_attributes([STATUS.value_set(status)])

    def show_gate(self, key: Key, name: str) -> None:
        """Name a gate that waits for people."""
        self._gates[key] = name
        self._show()

    def hide_gate(self, key: Key) -> None:
        """Name it no more."""
        if self._gates.pop(key, None) is not None:
            self._show()

    def _show(self) -> None:
        names = ", ".join(name for name, _ in zip(self._gates.values(), range(NAMES), strict=False))
        workflow.set_current_details(f"Waiting for people: {names}" if names else "")
