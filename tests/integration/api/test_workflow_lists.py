"""Lists of workflows: summaries, pages, cursors and filters."""

import httpx2
import pytest

from tests.integration.api.support import problem, save

ANY = {"If-Match": "*"}


async def test_the_list_is_of_summaries_newest_first(client: httpx2.AsyncClient) -> None:
    for slug in ("one", "two", "three"):
        await save(client, slug)
    page = (await client.get("/api/v1/workflows")).json()
    assert [each["slug"] for each in page["items"]] == ["three", "two", "one"]
    assert "definition" not in page["items"][0]
    assert (page["next_cursor"], page["total"], page["total_is_exact"]) == (None, None, None)


async def test_pages_neither_skip_nor_repeat_while_new_ones_come(client: httpx2.AsyncClient) -> None:
    for n in range(5):
        await save(client, f"w-{n}")
    seen, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"/api/v1/workflows?limit=2{cursor}")).json()
        seen += [each["slug"] for each in page["items"]]
        await save(client, f"late-{len(seen)}")
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert seen == [f"w-{n}" for n in reversed(range(5))]


async def test_a_cursor_is_bound_to_its_filters(client: httpx2.AsyncClient) -> None:
    for n in range(3):
        await save(client, f"w-{n}", tags=["x"])
    cursor = (await client.get("/api/v1/workflows?limit=1&tag=x")).json()["next_cursor"]
    problem(await client.get(f"/api/v1/workflows?limit=1&cursor={cursor}"), 400, "cursor_mismatch")


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "é", "W10=" * 3])
async def test_a_cursor_that_no_list_gave_out_is_refused(client: httpx2.AsyncClient, cursor: str) -> None:
    problem(await client.get("/api/v1/workflows", params={"cursor": cursor}), 400, "invalid_cursor")


async def test_the_list_counts_when_asked(client: httpx2.AsyncClient) -> None:
    for n in range(3):
        await save(client, f"w-{n}")
    page = (await client.get("/api/v1/workflows?total=true&limit=1")).json()
    assert (page["total"], page["total_is_exact"]) == (3, True)


async def test_the_list_finds_by_tag_and_by_text_taken_literally(client: httpx2.AsyncClient) -> None:
    await save(client, "percent", name="100% sure", tags=["x"])
    await save(client, "plain", name="1000 sure")
    found = (await client.get("/api/v1/workflows", params={"q": "100% sure"})).json()
    assert [each["slug"] for each in found["items"]] == ["percent"]
    assert [each["slug"] for each in (await client.get("/api/v1/workflows?tag=x")).json()["items"]] == ["percent"]


async def test_archived_workflows_stay_out_of_the_list(client: httpx2.AsyncClient) -> None:
    await save(client)
    await client.patch("/api/v1/workflows/greeting", json={"archived": True}, headers=ANY)
    assert (await client.get("/api/v1/workflows")).json()["items"] == []
    assert len((await client.get("/api/v1/workflows?archived=true")).json()["items"]) == 1
