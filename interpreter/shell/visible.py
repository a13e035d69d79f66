"""What Temporal's Web UI shows of a run besides its history."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from interpreter.plan.model import Plan
from interpreter.state import RunState

STATUS = SearchAttributeKey.for_keyword("PlaitStatus")
NAMES = 20
"""Gates named at most."""


class Visible:
    """Tells of what Temporal's own status does not say. A run that simply completes costs nothing."""

    def __init__(self, plan: Plan, state: RunState) -> None:
        self._plan, self._state = plan, state
        self._gates = 0

    def show_status(self, status: str) -> None:
        """Set the search attribute, if it is not what Temporal says anyway."""
        told = workflow.info().typed_search_attributes.get(STATUS)
        if told != status and (told is not None or status != "completed"):
            workflow.upsert_search_attributes([STATUS.value_set(status)])

    def show_gates(self) -> None:
        """Name the gates that wait for people, whenever their number has changed."""
        waiting = [node for node, gate in self._state.gates.items() if gate.opened and not gate.closing]
        if len(waiting) == self._gates:
            return
        self._gates = len(waiting)
        names = ", ".join(self._plan.nodes[node].name for node in waiting[:NAMES])
        workflow.set_current_details(f"Waiting for people: {names}" if names else "")
