"""The routes of gates."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from api.gates import service
from api.gates.schemas import Decide, Gate, GateSummary
from api.gates.views import gate_of
from api.http.models import AskedTime, Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanDecideGates, CanReadRuns
from api.resources import Held
from plait.store.gates import GateFilter

router = slice_router("gates")
Status = Annotated[list[str] | None, Query(description="open, approved, rejected, expired, cancelled, or an outcome.")]


@router.get("/gates", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_gates(
    caller: CanReadRuns,
    held: Held,
    page: Paging,
    assigned_to: Annotated[Literal["me"] | None, Query(description="Only those that the caller may decide.")] = None,
    status: Status = None,
    run_id: UUID | None = None,
    workflow: Annotated[str | None, Query(max_length=100, description="Id or slug.")] = None,
    due_before: AskedTime | None = None,
    decided_by: Annotated[str | None, Query(max_length=200, description="The id of who voted.")] = None,
    environment: Annotated[
        str | None, Query(max_length=63, description="`*` is all of them; `dev` if left out, and no `run_id` is given.")
    ] = None,
) -> Page[GateSummary]:
    """Gates, the newest first."""
    approver = service.assigned_to(caller) if assigned_to else None
    there = service.shown_environment(environment, run_id)
    chosen = GateFilter(status, run_id, workflow, due_before, approver, decided_by, there)
    filters = [status, run_id, workflow, due_before, assigned_to, decided_by, there]
    return await service.list_gates(held, chosen, filters, page, caller)


@router.get("/gates/{gate_id}")
async def get_gate(gate_id: UUID, caller: CanReadRuns, held: Held) -> Gate:
    """One gate with its votes."""
    return gate_of(await service.read_gate(held, gate_id, caller), caller)


@router.post(
    "/gates/{gate_id}/decisions",
    responses={
        202: {"model": Gate, "description": "Recorded; the workflow has not taken it yet."},
        **problems(
            "malformed_json", "unsupported_media_type", "not_an_approver", "self_approval", "gate_conflict",
            "gate_closed", "form_invalid", "request_invalid",
        ),
    },
)  # fmt: skip
async def decide_gate(gate_id: UUID, order: Decide, caller: CanDecideGates, held: Held, response: Response) -> Gate:
    """Decide a gate. The same decision again is no other; a different one on a decided gate is a conflict."""
    decided = await service.decide(held, gate_id, order, caller)
    if not decided.settled:
        response.status_code = 202
    return decided.gate
