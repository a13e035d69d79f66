"""Drafts, publishing, versions and their differences, validation."""

import httpx2
import pytest

from tests.integration.api.support import a_document, problem, save

ANY = {"If-Match": "*"}
BROKEN = a_document(nodes=[{"id": "a", "type": "nonsense"}], output=None)


async def test_a_draft_may_have_problems_and_says_which(client: httpx2.AsyncClient) -> None:
    await save(client)
    answer = await client.put("/api/v1/workflows/greeting/draft", json=BROKEN, headers=ANY)
    assert answer.status_code == 200
    assert answer.json()["problems"]
    assert (await client.get("/api/v1/workflows/greeting/draft")).json() == answer.json()


async def test_a_draft_changes_no_version(client: httpx2.AsyncClient) -> None:
    await save(client)
    await client.put("/api/v1/workflows/greeting/draft", json=BROKEN, headers=ANY)
    after = (await client.get("/api/v1/workflows/greeting")).json()
    assert (after["version"], after["has_draft"]) == (1, True)


async def test_a_draft_of_an_unknown_slug_makes_a_workflow_without_a_version(client: httpx2.AsyncClient) -> None:
    await client.put("/api/v1/workflows/greeting/draft", json=a_document())
    made = (await client.get("/api/v1/workflows/greeting")).json()
    assert (made["version"], made["definition"], made["environments"]) == (0, None, {})
    problem(await client.get("/api/v1/workflows/greeting/definition"), 404, "not_found")


async def test_a_draft_comes_back_as_it_was_typed(client: httpx2.AsyncClient) -> None:
    source = b"plait: 1   # not yet\nslug: greeting\nnodes: [\n"
    answer = await client.put(
        "/api/v1/workflows/greeting/draft", content=source, headers={"Content-Type": "application/yaml"}
    )
    assert answer.json()["source"] == source.decode()
    assert answer.json()["problems"][0]["line"]


async def test_a_published_draft_is_a_version_and_no_draft_any_more(client: httpx2.AsyncClient) -> None:
    await client.put("/api/v1/workflows/greeting/draft", json=a_document(description="drafted"))
    published = (await client.post("/api/v1/workflows/greeting/draft/publish")).json()
    assert (published["version"], published["description"], published["has_draft"]) == (1, "drafted", False)
    problem(await client.get("/api/v1/workflows/greeting/draft"), 404, "not_found")


async def test_a_draft_with_problems_is_not_published(client: httpx2.AsyncClient) -> None:
    await client.put("/api/v1/workflows/greeting/draft", json=BROKEN)
    problem(await client.post("/api/v1/workflows/greeting/draft/publish"), 422, "workflow_invalid")
    assert (await client.get("/api/v1/workflows/greeting/draft")).status_code == 200


async def test_a_draft_is_edited_under_its_etag(client: httpx2.AsyncClient) -> None:
    first = await client.put("/api/v1/workflows/greeting/draft", json=a_document())
    mine = {"If-Match": first.headers["etag"]}
    assert (await client.put("/api/v1/workflows/greeting/draft", json=BROKEN, headers=mine)).status_code == 200
    problem(await client.put("/api/v1/workflows/greeting/draft", json=BROKEN, headers=mine), 412, "stale")
    problem(await client.put("/api/v1/workflows/greeting/draft", json=BROKEN), 428, "precondition_required")


@pytest.mark.parametrize("slug", ["Big", "a_b", "-a", "validate", "é", "a%20b"])
async def test_a_draft_makes_no_workflow_under_what_is_no_slug(client: httpx2.AsyncClient, slug: str) -> None:
    problem(await client.put(f"/api/v1/workflows/{slug}/draft", json=a_document()), 422, "workflow_invalid")


async def test_a_draft_can_be_dropped(client: httpx2.AsyncClient) -> None:
    await client.put("/api/v1/workflows/greeting/draft", json=a_document())
    assert (await client.delete("/api/v1/workflows/greeting/draft", headers=ANY)).status_code == 204
    problem(await client.get("/api/v1/workflows/greeting/draft"), 404, "not_found")


async def test_validation_saves_nothing(client: httpx2.AsyncClient) -> None:
    answer = (await client.post("/api/v1/workflows/validate", json=a_document())).json()
    assert answer["valid"] is True
    assert answer["plan"] == {"order": ["greet"], "levels": [["greet"]]}
    assert (await client.get("/api/v1/workflows")).json()["items"] == []


async def test_validation_of_a_broken_document_is_a_200_with_its_problems(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/workflows/validate", json=BROKEN)
    assert answer.status_code == 200
    assert (answer.json()["valid"], answer.json()["plan"]) == (False, None)
    assert answer.json()["problems"][0]["node"] == "a"


async def test_versions_are_listed_newest_first_and_never_change(client: httpx2.AsyncClient) -> None:
    await save(client)
    first = (await client.get("/api/v1/workflows/greeting/versions/1")).json()
    for n in range(3):
        await client.put("/api/v1/workflows/greeting", json=a_document(description=f"v{n}"), headers=ANY)
    seen, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"/api/v1/workflows/greeting/versions?limit=3{cursor}")).json()
        seen += [each["version"] for each in page["items"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert seen == [4, 3, 2, 1]
    assert (await client.get("/api/v1/workflows/greeting/versions/1")).json() == first


async def test_a_version_that_is_not_there_is_404(client: httpx2.AsyncClient) -> None:
    await save(client)
    problem(await client.get("/api/v1/workflows/greeting/versions/2"), 404, "not_found")


async def test_the_difference_of_versions_names_nodes_edges_and_fields(client: httpx2.AsyncClient) -> None:
    await save(client)
    nodes = [
        {"id": "greet", "type": "transform", "with": {"value": "Bye {{ input.name }}"}},
        {"id": "twice", "type": "transform", "with": {"value": "{{ nodes.greet.output }}!"}},
    ]
    changed = a_document(nodes=nodes, edges=[{"from": "greet", "to": "twice"}], output="{{ nodes.twice.output }}")
    await client.put("/api/v1/workflows/greeting", json=changed, headers=ANY)
    difference = (await client.get("/api/v1/workflows/greeting/versions/1/diff/2")).json()
    assert difference["nodes"]["added"] == ["twice"]
    assert [(each["id"], each["fields"]) for each in difference["nodes"]["changed"]] == [("greet", ["with"])]
    assert difference["edges"]["added"] == [{"from": "greet", "to": "twice"}]
    assert [each["field"] for each in difference["fields"]] == ["output"]


async def test_a_version_does_not_differ_from_itself(client: httpx2.AsyncClient) -> None:
    await save(client)
    difference = (await client.get("/api/v1/workflows/greeting/versions/1/diff/1")).json()
    assert difference["nodes"] == {"added": [], "removed": [], "changed": [], "moved": False}
