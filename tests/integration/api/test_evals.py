"""Evaluations over the API: datasets run row by row, scored, and two versions held side by side."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api.evals.row import evaluate_row
from api.operations.work import Work
from api.upkeep.operations import Operator
from api.upkeep.sweeper import sweep_once
from plait.errors import Conflict
from plait.store.operations import next_item
from tests.integration.api.support import problem
from tests.support.live import Live

SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
OUTPUT = "{{ nodes.a.output }}"
EXACT = {"name": "exact", "expression": "output == expected"}
ROWS = [{"input": {"n": n}, "expected": n * 2} for n in (1, 2, 3)]


def doubling(value: str) -> list[dict[str, Any]]:
    """A node that gives this."""
    return [{"id": "a", "type": "transform", "with": {"value": f"{{{{ {value} }}}}"}}]


def a_document(value: str) -> dict[str, Any]:
    """The workflow with a node that gives this."""
    return {"plait": 1, "slug": "doubling", "input": SCHEMA, "nodes": doubling(value), "output": OUTPUT}


@pytest.fixture
async def evaluating(live: Live) -> AsyncIterator[Live]:
    """A workflow of two versions, of which the second doubles all but 3, and the first only 3."""
    await live.save("doubling", doubling("input.n == 3 ? 6 : 0"), input=SCHEMA, output=OUTPUT)
    document = a_document("input.n == 3 ? 0 : input.n * 2")
    headers = {"If-Match": "*"}
    assert (await live.client.put("/api/v1/workflows/doubling", json=document, headers=headers)).status_code == 200
    async with operating(live):
        yield live


@asynccontextmanager
async def operating(live: Live) -> AsyncIterator[Operator]:
    """Operations are carried out while inside."""
    operator = Operator(live.resources)

    async def look() -> None:
        while True:
            await operator.look()
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    yield operator
    looking.cancel()
    await operator.close()


async def begin(live: Live, **body: Any) -> str:
    """An evaluation, asked for."""
    answer = await live.client.post("/api/v1/evals", json={"workflow": "doubling", "scores": [EXACT], **body})
    assert answer.status_code == 202, answer.text
    assert answer.json()["kind"] == "eval"
    return answer.json()["id"]


async def ended(live: Live, eval_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An evaluation at its end, and its rows."""
    async with asyncio.timeout(60):
        while (found := await live.get(f"/evals/{eval_id}"))["status"] == "running":
            await asyncio.sleep(0.05)
    return found, (await live.get(f"/evals/{eval_id}/rows"))["items"]


async def evaluate(live: Live, **body: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An evaluation from its beginning to its end."""
    return await ended(live, await begin(live, **body))


async def test_each_row_has_a_run_whose_output_is_scored(evaluating: Live) -> None:
    found, rows = await evaluate(evaluating, rows=ROWS)
    assert (found["status"], found["versions"], found["done"], found["failed_total"]) == ("completed", [2], 3, 0)
    outcomes = [row["outcomes"][0] for row in rows]
    assert [(row["input"], row["expected"]) for row in rows] == [(row["input"], row["expected"]) for row in ROWS]
    assert [(each["status"], each["output"]) for each in outcomes] == [("completed", n) for n in (2, 4, 0)]
    assert [each["scores"]["exact"]["passed"] for each in outcomes] == [True, True, False]
    run = await evaluating.get(f"/workflow_runs/{outcomes[0]['run_id']}")
    assert run["origin"] == {"kind": "eval", "run_id": None, "node": None, "id": found["id"]}
    (summary,) = found["summary"]
    assert (summary["version"], summary["rows"], summary["completed"], summary["cost_usd"]) == (2, 3, 3, "0")
    (score,) = summary["scores"]
    assert (round(score["mean"], 3), round(score["passed"], 3), score["lacking"]) == (0.667, 0.667, 0)
    assert (score["p50"], found["comparison"]) == (1.0, None)


async def test_two_versions_are_compared_row_by_row(evaluating: Live) -> None:
    found, rows = await evaluate(evaluating, rows=ROWS, against=1)
    assert found["versions"] == [2, 1]
    assert found["comparison"] == [{"name": "exact", "better": 2, "same": 0, "worse": 1}]
    assert [[each["output"] for each in row["outcomes"]] for row in rows] == [[2, 0], [4, 0], [0, 6]]
    assert [row["change"] for row in rows] == [{"exact": "better"}, {"exact": "better"}, {"exact": "worse"}]
    worse = await evaluating.get(f"/evals/{found['id']}/rows", change="worse")
    assert [row["n"] for row in worse["items"]] == [3]


async def test_what_has_no_value_counts_as_nothing_and_says_why(evaluating: Live) -> None:
    await evaluating.save(
        "odd", [{"id": "a", "type": "transform", "with": {"value": "{{ 6 / input.n }}"}}], output=OUTPUT
    )
    scores = [
        {"name": "six", "expression": "output == 6"},
        {"name": "text", "expression": "string(output)"},
        {"name": "none", "expression": "meta.no"},
    ]
    rows = [{"input": {"n": 1}}, {"input": {"n": 0}}]
    found, (fine, failed) = await evaluate(evaluating, workflow="odd", rows=rows, scores=scores)
    said = {score["name"]: score for score in found["summary"][0]["scores"]}
    assert {name: (score["mean"], score["lacking"]) for name, score in said.items()} == {
        "six": (0.5, 1),
        "text": (0.0, 2),
        "none": (0.0, 2),
    }
    assert failed["outcomes"][0]["status"] == "failed"
    assert failed["outcomes"][0]["scores"]["six"]["because"] == "the run is failed: ExpressionError"
    because = fine["outcomes"][0]["scores"]["text"]["because"]
    assert because == "the expression gives neither a boolean nor a number"


async def test_a_row_that_is_done_again_after_a_crash_keeps_its_runs(live: Live) -> None:
    nodes = [{"id": "a", "type": "tool_call", "with": {"tool": "sleep", "args": {"seconds": 0.3}}}]
    await live.save("slow", nodes, output=OUTPUT)
    rows = [{"input": {"n": n}} for n in range(4)]
    scores = [{"name": "slept", "expression": "output > 0.0"}]
    eval_id = await begin(live, workflow="slow", rows=rows, scores=scores, concurrency=2)
    for _ in range(3):
        async with operating(live):
            await asyncio.sleep(0.2)
    async with operating(live), asyncio.timeout(60):
        while (found := await live.get(f"/evals/{eval_id}"))["status"] == "running":
            await sweep_once(live.resources)  # it begins the run of whoever died before telling Temporal of it
            await asyncio.sleep(0.1)
    assert (found["done"], found["summary"][0]["scores"][0]["passed"]) == (4, 1.0)
    assert await live.resources.pool.fetchval("select count(*) from workflow_runs") == 4


async def test_the_runs_of_a_cancelled_evaluation_are_cancelled(live: Live) -> None:
    gate = {"id": "ask", "type": "human_gate", "with": {"title": "Well?", "approvers": ["user:ana"]}}
    await live.save("asking", [gate])
    rows = [{"input": {}}, {"input": {}}]
    scores = [{"name": "one", "expression": "true"}]
    async with operating(live):
        eval_id = await begin(live, workflow="asking", rows=rows, scores=scores, concurrency=1)
        async with asyncio.timeout(20):
            while not (runs := (await live.get("/workflow_runs", waiting_for="gate"))["items"]):
                await asyncio.sleep(0.05)
        assert (await live.client.post(f"/api/v1/operations/{eval_id}/cancel")).status_code == 202
        await sweep_once(live.resources)
        await live.until(runs[0]["id"], "cancelled")
    found = await live.get(f"/evals/{eval_id}")
    assert (found["status"], found["total"]) == ("cancelled", 2)
    assert await live.resources.pool.fetchval("select count(*) from workflow_runs") == 1


async def test_no_row_begins_once_the_budget_is_used_up(live: Live) -> None:
    await live.save("doubling", doubling("input.n"), input=SCHEMA, output=OUTPUT)
    pool, eval_id = live.resources.pool, await begin(live, rows=ROWS, budget_usd=0.5)
    row = await pool.fetchrow("select * from operations")
    assert row is not None
    work = Work.of(row, open_mode=True)
    first, second = await next_item(pool, work.id), await next_item(pool, work.id, {1})
    assert first is not None
    assert second is not None
    await evaluate_row(live.resources, work, first)
    await pool.execute("update workflow_runs set cost_usd = 0.5, spent_usd = 0.5")
    with pytest.raises(Conflict, match="used up"):
        await evaluate_row(live.resources, work, second)
    assert (await evaluate_row(live.resources, work, first))["outcomes"][0]["cost_usd"] == "0.5"
    assert (await live.get(f"/evals/{eval_id}"))["budget_usd"] == 0.5


async def test_a_document_that_is_not_saved_moves_no_version(evaluating: Live) -> None:
    document = a_document("input.n * 2")
    found, _ = await evaluate(evaluating, document=document, against=2, rows=ROWS)
    assert (found["versions"], found["comparison"][0]["better"]) == ([3, 2], 1)
    assert (await evaluating.get("/workflows/doubling"))["version"] == 2


async def test_a_dataset_may_be_a_file_of_json_lines(evaluating: Live) -> None:
    lines = "\n\n".join(json.dumps(row | {"meta": {"of": "file"}}) for row in ROWS)
    file = (await evaluating.client.post("/api/v1/files", content=lines.encode())).json()
    found, rows = await evaluate(evaluating, file=file["id"])
    assert (found["total"], rows[2]["meta"]) == (3, {"of": "file"})
    for wrong, said in (
        ('{"input": {"n": 1}}\n{"n": 1}', "Line 2 is no row"),
        ('{"input": ', "Line 1: "),
        ('{"input": {"n": "one"}}', '"Row 1: input.n'),
        ("\n", "A dataset has 1 to 10,000 rows; this one has 0."),
    ):
        file = (await evaluating.client.post("/api/v1/files", content=wrong.encode())).json()
        body = {"workflow": "doubling", "scores": [EXACT], "file": file["id"]}
        refused = await evaluating.client.post("/api/v1/evals", json=body)
        assert refused.status_code == 422, refused.text
        assert said in refused.text, refused.text


async def test_what_cannot_be_evaluated_is_refused_with_its_place(evaluating: Live) -> None:
    asked = {"workflow": "doubling", "scores": [EXACT], "rows": ROWS}
    for change, status, pointer in (
        ({"rows": None}, 422, "/rows"),
        ({"rows": [{"input": {"n": 1}}, {"input": {}}]}, 422, "/rows/1/input"),
        ({"scores": [EXACT, EXACT]}, 422, "/scores/1/name"),
        ({"scores": [{"name": "a", "expression": "outputs == 1"}]}, 422, "/scores/0/expression"),
        ({"scores": [{"name": "a"}]}, 422, "/scores/0"),
        ({"scores": []}, 422, "/scores"),
        (
            {"scores": [{"name": "a", "judge": {"model": "no", "criteria": "c", "scale": 4}}]},
            422,
            "/scores/0/judge/model",
        ),
        ({"version": 1, "against": 1}, 422, "/against"),
        ({"version": 1, "document": {}}, 422, "/version"),
        ({"concurrency": 33}, 422, "/concurrency"),
        ({"environment": "moon"}, 422, "/environment"),
    ):
        answer = await evaluating.client.post("/api/v1/evals", json=asked | change)
        assert answer.status_code == status, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer, answer.text
    problem(await evaluating.client.post("/api/v1/evals", json=asked | {"workflow": "none"}), 404, "not_found")
    problem(await evaluating.client.post("/api/v1/evals", json=asked | {"version": 9}), 404, "not_found")
    assert await evaluating.resources.pool.fetchval("select count(*) from operations") == 0


async def test_evaluations_are_listed_and_another_project_s_are_not_there(evaluating: Live) -> None:
    found, _ = await evaluate(evaluating, rows=ROWS[:1])
    (listed,) = (await evaluating.get("/evals", total=True))["items"]
    assert (listed["id"], listed["workflow"], listed["versions"]) == (found["id"], "doubling", [2])
    await evaluating.resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    await evaluating.resources.pool.execute("update operations set project = 'other'")
    for address in (f"/evals/{found['id']}", f"/evals/{found['id']}/rows"):
        problem(await evaluating.client.get(f"/api/v1{address}"), 404, "not_found")
    assert (await evaluating.get("/evals"))["items"] == []


async def test_a_judge_is_a_model_whose_points_are_the_score(evaluating: Live) -> None:
    tone = {"name": "tone", "judge": {"model": "local:demo", "criteria": "Friendly.", "scale": 4}, "accept": 0.4}
    found, (row,) = await evaluate(evaluating, rows=ROWS[:1], scores=[EXACT, tone])
    score = row["outcomes"][0]["scores"]["tone"]
    assert (score["value"], score["passed"], score["cost_usd"]) == (0.5, True, "0")
    assert [each["name"] for each in found["summary"][0]["scores"]] == ["exact", "tone"]
    judge = await evaluating.get(f"/workflow_runs/{score['run_id']}")
    assert (judge["status"], judge["origin"]["id"], judge["output"]["because"]) == (
        "completed",
        found["id"],
        score["because"],
    )
    assert judge["input"]["output"] == row["outcomes"][0]["output"]


async def test_a_judge_that_does_not_answer_leaves_the_score_without_a_value(evaluating: Live) -> None:
    tone = {"name": "tone", "judge": {"model": "openai:gpt-4.1-mini", "criteria": "Friendly.", "scale": 4}}
    found, (row,) = await evaluate(evaluating, rows=ROWS[:1], scores=[tone])
    score = row["outcomes"][0]["scores"]["tone"]
    assert (score["value"], score["because"]) == (None, "the judge's run is failed: ModelAuth")
    assert found["summary"][0]["scores"][0]["lacking"] == 1


async def test_an_output_that_is_too_long_for_a_judge_keeps_its_other_scores(evaluating: Live) -> None:
    big = [{"id": "a", "type": "tool_call", "with": {"tool": "big", "args": {"size": 1_100_000}}}]
    await evaluating.save("big", big, output=OUTPUT)
    tone = {"name": "tone", "judge": {"model": "local:demo", "criteria": "Short.", "scale": 4}}
    long = {"name": "long", "expression": "size(output) > 1000000"}
    _, (row,) = await evaluate(evaluating, workflow="big", rows=[{"input": {}}], scores=[long, tone])
    scores = row["outcomes"][0]["scores"]
    assert scores["long"]["passed"]
    assert scores["tone"]["because"].startswith("the judge could not be asked: With its defaults the input is larger")
    assert (row["outcomes"][0]["output"], row["outcomes"][0]["output_ref"]["bytes"] > 1_000_000) == (None, True)
