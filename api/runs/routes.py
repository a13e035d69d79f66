"""The routes of runs."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body, Header, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse

from api.http.errors import Refusal
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import open_parameters, own_keys, problems, slice_router
from api.http.security import (
    CanControlRuns,
    CanDeleteRuns,
    CanReadRunData,
    CanReadRuns,
    CanStartRuns,
)
from api.resources import Held
from api.runs import control, counts, fixture, graph, logs, nodes, read, start
from api.runs.counts import RunCounts
from api.runs.filters import RunQueryParameters, metadata_of
from api.runs.logs import LogLevel, LogPage
from api.runs.schemas import (
    Because,
    Graph,
    NodePage,
    NodeRun,
    PatchRun,
    Run,
    RunSummary,
    StartRun,
)
from api.runs.waiting import Until, wait_until
from plait.testing.dump import to_yaml

router = slice_router("runs")
RUN = "/workflow_runs/{run_id}"
Ref = Annotated[str, PathParameter(max_length=100, description="The workflow's id or slug.")]
NodePath = Annotated[str, PathParameter(max_length=500, description="Which instance of which node: `each.3.score`.")]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")
]
NOTHING_SAID = StartRun()
NO_REASON = Because()


@router.post(
    "/workflows/{ref}/run",
    status_code=202,
    responses={
        200: {"model": Run, "description": "`?wait` saw it get there, or an open run had the key."},
        **problems(
            "malformed_json", "workflow_disabled", "not_promoted", "key_conflict", "version_moved", "too_large",
            "unsupported_media_type", "input_invalid", "request_invalid", "idempotency_key_reused",
            "concurrency_full", "rate_limited",
        ),
    },
)  # fmt: skip
@own_keys
async def start_run(
    ref: Ref,
    caller: CanStartRuns,
    held: Held,
    response: Response,
    order: Annotated[StartRun, Body()] = NOTHING_SAID,
    idempotency_key: IdempotencyKey = None,
    wait: Annotated[float | None, Query(ge=1, le=60, description="Answer only then, or after so many seconds.")] = None,
    until: Annotated[Until, Query(description="`blocked`: only people or events can move it.")] = "end",
) -> Run:
    """Start a run. It is durable once this answers."""
    started = await start.start_run(held, ref, order, caller, idempotency_key)
    reached = wait is not None and await wait_until(held, caller.project, started.run_id, until, wait)
    response.headers["Location"] = f"/api/v1/workflow_runs/{started.run_id}"
    if started.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if reached or started.existing:
        response.status_code = 200
    return await read.read_run(held, started.run_id, caller)


@router.post(f"{RUN}/start", status_code=202, responses={200: {"model": Run}, **problems("run_state_conflict")})
async def start_created_run(run_id: UUID, caller: CanStartRuns, held: Held, response: Response) -> Run:
    """Start a run that was created with `start: later`."""
    if not await start.start_later(held, run_id, caller):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)


@router.get("/workflow_runs", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
@open_parameters("metadata.")
async def list_runs(query: RunQueryParameters, request: Request, caller: CanReadRuns, held: Held) -> Page[RunSummary]:
    """Runs, the newest first. `metadata.KEY=VALUE` filters by metadata."""
    return await read.list_runs(held, query, metadata_of(request), caller)


@router.get("/workflow_runs/counts")
async def get_run_counts(
    caller: CanReadRuns,
    held: Held,
    workflow: Annotated[str | None, Query(max_length=100, description="Id or slug.")] = None,
    environment: Annotated[str, Query(max_length=63, description="`*` is all of them.")] = "dev",
) -> RunCounts:
    """How many runs there are by status, exact at this moment and quick however many they are."""
    return await counts.count_runs(held, workflow, environment, caller)


@router.get("/workflows/{ref}/runs", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
@open_parameters("metadata.")
async def list_runs_of_workflow(
    ref: Ref, query: RunQueryParameters, request: Request, caller: CanReadRuns, held: Held
) -> Page[RunSummary]:
    """The runs of one workflow, the newest first."""
    if query.workflow is not None:
        raise Refusal("unknown_parameter", "The workflow is in the address; `workflow` is not known here.")
    chosen = await read.only_of(held, ref, query, caller)
    return await read.list_runs(held, chosen, metadata_of(request), caller)


@router.get(RUN)
async def get_run(
    run_id: UUID,
    caller: CanReadRuns,
    held: Held,
    include: Annotated[Literal["nodes"] | None, Query(description="The first thousand nodes along with it.")] = None,
) -> Run:
    """A run as it is now."""
    return await read.read_run(held, run_id, caller, with_nodes=include == "nodes")


@router.patch(RUN, responses=problems("malformed_json", "request_invalid", "unsupported_media_type"))
async def patch_run(run_id: UUID, patch: PatchRun, caller: CanControlRuns, held: Held) -> Run:
    """Change tags, metadata and the note."""
    await read.patch_run(held, run_id, patch, caller)
    return await read.read_run(held, run_id, caller)


@router.delete(RUN, status_code=204, responses=problems("run_state_conflict"))
async def delete_run(run_id: UUID, caller: CanDeleteRuns, held: Held) -> None:
    """Delete an ended run."""
    await read.delete_run(held, run_id, caller)


@router.get(f"{RUN}/nodes", responses=problems("invalid_cursor", "request_invalid"))
async def list_nodes(run_id: UUID, caller: CanReadRuns, held: Held, page: Paging) -> NodePage:
    """The run's nodes in plan order, with values to 8 KiB."""
    return await nodes.page_of_nodes(held, run_id, page, caller)


@router.get(f"{RUN}/nodes/{{path}}")
async def get_node(run_id: UUID, path: NodePath, caller: CanReadRuns, held: Held) -> NodeRun:
    """One node with every attempt, and values to 64 KiB."""
    return await nodes.read_node(held, run_id, path, caller)


@router.get(f"{RUN}/logs", responses=problems("request_invalid"))
async def list_logs(
    run_id: UUID,
    caller: CanReadRunData,
    held: Held,
    after: Annotated[int, Query(ge=0, lt=2**63, description="Lines behind this `seq`.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    level: Annotated[LogLevel, Query(description="At least of this level.")] = "debug",
    path: Annotated[str | None, Query(max_length=500, description="Of this node and what lies below it.")] = None,
) -> LogPage:
    """What the functions of nodes wrote while they worked."""
    return await logs.page_of_logs(held, run_id, after, limit, level, path, caller)


@router.get(f"{RUN}/graph", responses=problems("request_invalid"))
async def get_graph(
    run_id: UUID,
    caller: CanReadRuns,
    held: Held,
    at_seq: Annotated[int | None, Query(ge=0, lt=2**63, description="As it was after this event.")] = None,
    path: Annotated[str, Query(max_length=1000, description="Of an item or a lap, such as `each.3`.")] = "",
) -> Graph:
    """The executed version with the state of every node and edge: the run's own graph, or that of an item or lap."""
    return await graph.read_graph(held, run_id, caller, at_seq, path)


@router.post(
    f"{RUN}/fixture",
    response_class=Response,
    responses={
        200: {
            "description": "The fixture.",
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": fixture.EXAMPLE},
                "application/yaml": {"schema": {"type": "string"}, "example": to_yaml(fixture.EXAMPLE)},
            },
        },
        **problems("run_state_conflict", "too_large"),
    },
)
async def make_fixture(
    run_id: UUID, caller: CanReadRunData, held: Held, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """A `plait test` file made from an ended run, which passes as it is: JSON, or YAML by `Accept`."""
    found = await fixture.fixture_of(held, run_id, caller)
    if "application/yaml" in accept:
        return Response(to_yaml(found), media_type="application/yaml", headers={"Vary": "Accept"})
    return JSONResponse(found, headers={"Vary": "Accept"})


@router.post(
    f"{RUN}/cancel",
    status_code=202,
    responses={
        200: {"model": Run, "description": "It was so already."},
        **problems("run_state_conflict", "request_invalid"),
    },
)
async def cancel_run(
    run_id: UUID,
    caller: CanControlRuns,
    held: Held,
    response: Response,
    because: Annotated[Because, Body()] = NO_REASON,
) -> Run:
    """Ask for the run's end, with clean-up. No node starts after this answer but compensation and `always` nodes."""
    if not await control.cancel_run(held, run_id, caller, because.reason):
        response.status_code = 200
    return await read.read_run(held, run_id, caller)
