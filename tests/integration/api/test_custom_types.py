"""Node types of users through the API: listed, checked when a version is saved, run."""

from typing import Any

from tests.support.live import Live


def order(**said: Any) -> dict[str, Any]:
    return {"id": "a", "type": "shop.order", "with": {"lines": [{"sku": "x", "count": 2}], **said}}


async def test_a_type_that_a_worker_offers_is_listed_with_its_schemas(live: Live) -> None:
    (found,) = [each for each in (await live.get("/node_types"))["items"] if each["name"] == "shop.order"]
    assert found["description"] == "Orders what is in the lines."
    assert found["parameters"]["required"] == ["lines"]
    assert found["parameters"]["properties"]["token"]["x-secret"] is True
    assert found["output_schema"]["required"] == ["count", "note", "attempt"]
    assert (found["timeout"], found["max_attempts"]) == (20, 3)


async def test_a_document_with_such_a_type_is_checked_saved_and_run(live: Live) -> None:
    wrong = {"plait": 1, "slug": "shop", "nodes": [order(region="asia")]}
    answer = await live.client.post("/api/v1/workflows", json=wrong)
    assert [each["code"] for each in answer.json()["errors"]] == ["wrong_parameter"]
    await live.save("shop", [order(note="{{ input.note }}")])
    run = await live.start("shop", {"input": {"note": "soon"}}, wait=20)
    assert run["output"] == {"a": {"count": 2, "note": "soon", "attempt": 1}}


async def test_a_type_that_no_worker_offers_any_more_is_a_warning(idle: Live) -> None:
    async with idle.working():
        pass
    await idle.resources.pool.execute("update catalogue set seen_at = seen_at - interval '1 hour'")
    answer = await idle.client.post("/api/v1/workflows/validate", json={"plait": 1, "slug": "shop", "nodes": [order()]})
    (warning,) = answer.json()["warnings"]
    assert (warning["code"], warning["path"]) == ("node_type_not_running", "nodes[0].type")
