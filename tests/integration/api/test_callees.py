"""Sub-workflows when a version is saved: that they are there, take what they are given, and run in no circle."""

from typing import Any

from tests.integration.api.test_running import work
from tests.support.live import Live

INPUT = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


def calling(slug: str, workflow: str, **given: Any) -> dict[str, Any]:
    child = {"id": "child", "type": "subworkflow", "with": {"workflow": workflow, "input": given}}
    return {"plait": 1, "slug": slug, "nodes": [child]}


async def problems(live: Live, document: dict[str, Any]) -> list[tuple[str, str]]:
    answer = await live.client.post("/api/v1/workflows/validate", json=document)
    assert answer.status_code == 200, answer.text
    return [(problem["code"], problem["path"]) for problem in answer.json()["problems"]]


async def test_a_workflow_that_is_not_there_is_proposed_by_its_like(live: Live) -> None:
    await live.save("invoices", [work("a")])
    answer = await live.client.post("/api/v1/workflows/validate", json=calling("above", "invoice"))
    (problem,) = answer.json()["problems"]
    assert (problem["code"], problem["fix"]) == ("unknown_workflow", "Did you mean `invoices`?")


async def test_the_input_of_a_sub_workflow_is_checked_against_its_schema(live: Live) -> None:
    await live.save("takes", [work("a")], input=INPUT)
    assert await problems(live, calling("above", "takes", n=1)) == []
    (problem,) = await problems(live, calling("above", "takes", n="one"))
    assert problem[1] == "nodes[0].with.input.n"


async def test_workflows_that_would_run_each_other_in_a_circle_are_refused(live: Live) -> None:
    await live.save("ping", [work("a")])
    await live.save("pong", calling("pong", "ping")["nodes"])
    assert await problems(live, calling("ping", "pong")) == [("recursion", "nodes[0].with.workflow")]


async def test_a_sub_workflow_in_a_body_counts_in_a_circle(live: Live) -> None:
    await live.save("round", [work("a")])
    each = {"id": "each", "type": "map", "with": {"items": "[1]", "chain": calling("", "round")["nodes"]}}
    await live.save("about", [each])
    assert await problems(live, calling("round", "about")) == [("recursion", "nodes[0].with.workflow")]
