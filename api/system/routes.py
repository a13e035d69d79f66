"""The process itself: alive, ready, its counts; and who the caller is to it."""

from importlib.metadata import version

from fastapi import Response

from api.http.models import ActorView, JsonObject, Time, View
from api.http.routing import problems, slice_router
from api.http.security import CanReadSystem, Known, OpenToAll
from api.resources import Held
from plait.clock import now
from plait.store.catalogue import read_workers
from plait.telemetry import METRICS_MEDIA_TYPE

root = slice_router("system")
"""Outside of v1, where those who run the process look."""
router = slice_router("system")
METRICS_BODY = {"schema": {"type": "string"}, "example": 'plait_build_info{version="1.0.0"} 1.0\n'}


class Health(View):
    """A word on how the process is."""

    status: str


class Me(View):
    """The caller."""

    actor: ActorView
    project: str
    scopes: list[str]
    open_mode: bool


class WorkerView(View):
    """A worker that lives."""

    id: str
    started_at: Time
    info: JsonObject


class System(View):
    """What this installation is made of at the moment."""

    version: str
    open_mode: bool
    workers: list[WorkerView]
    temporal_ui_url: str | None


@root.get("/healthz")
async def get_health(_: OpenToAll) -> Health:
    """The process answers."""
    return Health(status="ok")


@root.get("/readyz", responses=problems("store_unavailable"))
async def get_readiness(_: OpenToAll, held: Held) -> Health:
    """Postgres answers, so requests can be taken. Temporal may be away: reads and starts need it not."""
    await held.pool.fetchval("select 1", timeout=2)
    return Health(status="ready")


@root.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": METRICS_BODY}}})
async def get_metrics(_: CanReadSystem, held: Held) -> Response:
    """All series of this process in Prometheus's text form."""
    return Response(held.metrics_text(), media_type=METRICS_MEDIA_TYPE)


@router.get("/me")
async def get_me(caller: Known) -> Me:
    """Who the caller is, and what they may do."""
    return Me(
        actor=ActorView.model_validate(caller.actor.json()),
        project=caller.project,
        scopes=sorted(caller.scopes),
        open_mode=caller.open_mode,
    )


@router.get("/system")
async def get_system(_: CanReadSystem, held: Held) -> System:
    """The version, and the workers that live."""
    workers = await read_workers(held.pool, now=now())
    return System(
        version=version("plait"),
        open_mode=held.settings.open_mode,
        workers=[WorkerView(id=each.id, started_at=each.started_at, info=each.info) for each in workers],
        temporal_ui_url=held.settings.temporal_ui_url,
    )
