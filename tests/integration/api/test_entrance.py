"""Who gets in, and as whom."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from api.app import create_app
from api.http.security import PERMISSIONS, Permission
from api.main import refuse_open_address
from api.resources import Resources, open_resources
from plait.errors import NotReady
from plait.settings import Settings
from tests.integration.api.support import NOWHERE, client_of, problem, save

KEY = "correct-horse"
OPEN = {("GET", "/healthz"), ("GET", "/readyz")}


@pytest.fixture
async def locked(database: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The app of an API with a key."""
    settings = Settings(
        database_url=database, temporal_address=NOWHERE, files_dir=tmp_path, api_key=SecretStr(KEY), host="0.0.0.0"
    )
    async with open_resources(settings) as resources:
        yield create_app(resources)


async def test_the_right_key_gets_in(locked: FastAPI) -> None:
    async with client_of(locked, Authorization=f"Bearer {KEY}") as client:
        assert (await client.get("/api/v1/me")).json()["actor"]["type"] == "key"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x"])
async def test_anything_but_the_key_is_refused(locked: FastAPI, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with client_of(locked, **headers) as client:
        answer = await client.get("/api/v1/me")
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="plait"'


async def test_no_form_of_an_address_gets_past_the_key(locked: FastAPI) -> None:
    """Suffixes, doubled slashes and names of open routes have opened other products."""
    found = {route.path for route in iter_route_contexts(locked.routes) if route.path}
    suffixes = ("", "/", "/health", "/healthz", "/ready", "/configs", ";x", "//", "/%2e", "/..", "%2f..%2fhealthz")
    async with client_of(locked) as client:
        for path in sorted(found):
            for suffix in suffixes:
                for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
                    address = path.replace("{", "").replace("}", "") + suffix
                    if (method, address) in OPEN:
                        continue
                    answer = await client.request(method, address)
                    assert answer.status_code == 401, (method, address)


async def test_a_workflow_named_like_an_open_route_is_not_open(locked: FastAPI) -> None:
    async with client_of(locked, Authorization=f"Bearer {KEY}") as client:
        await save(client, "healthz")
    async with client_of(locked) as client:
        problem(await client.get("/api/v1/workflows/healthz"), 401, "unauthenticated")


def test_every_route_names_its_permission(app: FastAPI) -> None:
    for route in iter_route_contexts(app.routes):
        if getattr(route, "dependant", None) is None:
            assert route.path == "/api/v1/openapi.json", route.path
            continue
        calls = [each.call for each in route.dependant.dependencies]
        named = [call for call in calls if isinstance(call, Permission) or call in PERMISSIONS]
        assert len(named) == 1, route.path


async def test_the_open_api_is_a_local_admin(client: httpx2.AsyncClient) -> None:
    me = (await client.get("/api/v1/me")).json()
    assert me["actor"] == {"type": "user", "id": "local", "name": "local"}
    assert me["open_mode"] is True


async def test_the_open_api_lets_another_person_be_played(client: httpx2.AsyncClient) -> None:
    me = (await client.get("/api/v1/me", headers={"Plait-Actor": "ana"})).json()
    assert me["actor"]["name"] == "ana"


async def test_nobody_is_played_where_there_is_a_key(locked: FastAPI) -> None:
    async with client_of(locked, Authorization=f"Bearer {KEY}") as client:
        assert (await client.get("/api/v1/me", headers={"Plait-Actor": "ana"})).json()["actor"]["type"] == "key"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8000", "", "[::2]"])
async def test_the_open_api_refuses_names_that_may_be_rebound(client: httpx2.AsyncClient, host: str) -> None:
    problem(await client.get("/api/v1/me", headers={"Host": host}), 400, "host_refused")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "plait.localhost"])
async def test_the_open_api_answers_to_this_machine_s_names(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/api/v1/me", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_pages_of_other_sites_are_refused(client: httpx2.AsyncClient, origin: str) -> None:
    problem(await client.get("/api/v1/me", headers={"Origin": origin}), 403, "origin_refused")


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded"])
async def test_bodies_that_any_page_may_send_are_refused(client: httpx2.AsyncClient, kind: str) -> None:
    answer = await client.post("/api/v1/workflows", content=b"{}", headers={"Content-Type": kind})
    problem(answer, 415, "unsupported_media_type")


def test_an_open_api_does_not_start_on_an_address_that_others_reach() -> None:
    with pytest.raises(NotReady, match="PLAIT_API_KEY"):
        refuse_open_address(Settings(host="0.0.0.0"))


def test_an_open_api_says_that_it_is_open(caplog: pytest.LogCaptureFixture) -> None:
    refuse_open_address(Settings(host="127.0.0.1"))
    assert "the API is open" in caplog.text


def test_a_key_lets_the_api_listen_anywhere() -> None:
    refuse_open_address(Settings(host="0.0.0.0", api_key=SecretStr(KEY)))


async def test_health_needs_no_key(locked: FastAPI) -> None:
    async with client_of(locked) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200


async def test_reads_work_while_temporal_is_away(client: httpx2.AsyncClient) -> None:
    await save(client)
    assert (await client.get("/api/v1/workflows/greeting")).status_code == 200


async def test_a_lost_store_is_503_with_retry_after(client: httpx2.AsyncClient, resources: Resources) -> None:
    await resources.pool.close()
    answer = await client.get("/api/v1/workflows")
    problem(answer, 503, "store_unavailable")
    assert answer.headers["retry-after"] == "2"
