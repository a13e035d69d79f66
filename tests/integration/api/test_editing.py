"""What has a name is said anew by those who have seen it: nobody's edit is lost to another's."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.integration.api.support import a_document, problem

PROVIDER = {"kind": "openai", "base_url": "https://models.example.com/v1"}
AGENT = {"model": "local:demo"}
TEMPLATE = {"name": "Ours", "workflow": a_document()}
KINDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("models/providers/acme", PROVIDER, {"requests_per_minute": 5}),
    ("models/aliases/quick", {"model": "local:demo"}, {"model": "openai:gpt-4.1-mini"}),
    ("agents/reader", AGENT, {"description": "Reads."}),
    ("environments/dev/variables/PLACE", {"value": "Lisbon"}, {"value": "Porto"}),
    ("projects/default/budgets", {"tokens": 5}, {"tokens": 6}),
]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("path", "first", "change"), KINDS)
async def test_an_edit_names_what_it_changes_and_is_refused_when_that_has_changed(
    client: httpx2.AsyncClient, path: str, first: dict[str, Any], change: dict[str, Any]
) -> None:
    address = f"/api/v1/{path}"
    made = await client.put(address, json=first)
    assert made.status_code == 200, made.text
    seen = (await client.get(address)).headers["etag"]
    assert made.headers["etag"] == seen
    problem(await client.put(address, json=first | change), 428, "precondition_required")
    changed = await client.put(address, json=first | change, headers={"If-Match": seen})
    assert (changed.status_code, changed.headers["etag"] == seen) == (200, False)
    late = problem(await client.put(address, json=first, headers={"If-Match": seen}), 412, "stale")
    assert late["current"] == (await client.get(address)).json()
    again = await client.put(address, json=first | change, headers={"If-Match": seen})
    assert (again.status_code, again.headers["etag"]) == (200, changed.headers["etag"])
    assert (await client.put(address, json=first, headers={"If-Match": "*"})).headers["etag"] == seen


async def test_of_many_who_make_it_at_once_one_has_and_the_others_are_told(client: httpx2.AsyncClient) -> None:
    address = "/api/v1/environments/dev/variables/PLACE"
    answers = await asyncio.gather(*(client.put(address, json={"value": n}) for n in range(8)))
    assert sorted(each.status_code for each in answers) == [200, *[428] * 7]
    (done,) = (each.json()["value"] for each in answers if each.status_code == 200)
    assert (await client.get(address)).json()["value"] == done


async def test_a_template_is_said_anew_by_who_has_seen_it(client: httpx2.AsyncClient) -> None:
    address = "/api/v1/templates/ours"
    assert (await client.post("/api/v1/templates", json={"slug": "ours", **TEMPLATE})).status_code == 201
    seen = {"If-Match": (await client.get(address)).headers["etag"]}
    problem(await client.put(address, json=TEMPLATE | {"name": "Other"}), 428, "precondition_required")
    assert (await client.put(address, json=TEMPLATE | {"name": "Other"}, headers=seen)).status_code == 200
    late = problem(await client.put(address, json=TEMPLATE | {"name": "Third"}, headers=seen), 412, "stale")
    assert late["current"]["name"] == "Other"
