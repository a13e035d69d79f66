"""Templates over HTTP: those that come with Plait, a project's own, and copies of both."""

import json
from typing import Any

import httpx2

from tests.integration.api.support import a_document, problem, save
from tests.support.live import Live

OURS: dict[str, Any] = {
    "slug": "ours",
    "name": "Ours",
    "parameters": {"type": "object", "required": ["who"], "properties": {"who": {"type": "string"}}},
    "workflow": a_document(
        vars={"who": "you"}, nodes=[{"id": "greet", "type": "transform", "with": {"value": "Hello {{ vars.who }}"}}]
    ),
}


async def slugs(client: httpx2.AsyncClient) -> dict[str, str]:
    return {each["slug"]: each["origin"] for each in (await client.get("/api/v1/templates")).json()["items"]}


async def test_a_project_has_templates_of_its_own_beside_those_of_plait(client: httpx2.AsyncClient) -> None:
    created = await client.post("/api/v1/templates", json=OURS)
    assert (created.status_code, created.json()["definition"]["slug"]) == (201, "greeting")
    found = await slugs(client)
    assert (found["approval"], found["ours"]) == ("shipped", "stored")
    assert (await client.get("/api/v1/templates/approval")).json()["parameters"]["properties"].keys() == {"limit"}


async def test_a_copy_is_a_workflow_of_its_own_that_says_its_parameters(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/templates", json=OURS)
    order = {"slug": "hello-ana", "parameters": {"who": "Ana"}}
    copied = await client.post("/api/v1/templates/ours/instantiate", json=order)
    assert (copied.status_code, copied.json()["version"]) == (201, 1)
    assert copied.json()["definition"]["vars"] == {"who": "Ana"}
    assert copied.headers["location"] == f"/api/v1/workflows/{copied.json()['id']}"
    used = (await client.get("/api/v1/templates/ours/used_by")).json()["items"]
    assert [each["slug"] for each in used] == ["hello-ana"]
    assert (await client.delete("/api/v1/templates/ours")).status_code == 204
    assert (await client.get("/api/v1/workflows/hello-ana")).status_code == 200


async def test_a_template_is_said_anew_and_its_copies_stay(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/templates", json=OURS)
    await client.post("/api/v1/templates/ours/instantiate", json={"slug": "copy", "parameters": {"who": "Ana"}})
    changed = {name: said for name, said in OURS.items() if name != "slug"} | {"name": "Changed"}
    anew = await client.put("/api/v1/templates/ours", json=changed, headers={"If-Match": "*"})
    assert anew.json()["name"] == "Changed"
    assert (await client.get("/api/v1/workflows/copy")).json()["version"] == 1


async def test_a_copy_whose_slug_is_taken_is_refused(client: httpx2.AsyncClient) -> None:
    await save(client, "taken")
    answer = await client.post("/api/v1/templates/approval/instantiate", json={"slug": "taken"})
    problem(answer, 409, "slug_taken")


async def test_parameters_that_do_not_fit_are_named(client: httpx2.AsyncClient) -> None:
    order = {"slug": "copy", "parameters": {"limit": "much"}}
    body = problem(await client.post("/api/v1/templates/approval/instantiate", json=order), 422, "request_invalid")
    assert body["errors"][0]["pointer"] == "/parameters/limit"


async def test_a_template_whose_workflow_does_not_compile_is_refused_with_every_problem(
    client: httpx2.AsyncClient,
) -> None:
    broken = {**OURS, "workflow": {"plait": 1, "slug": "a", "nodes": [{"id": "a", "type": "nope"}]}}
    body = problem(await client.post("/api/v1/templates", json=broken), 422, "workflow_invalid")
    assert body["errors"][0]["pointer"].startswith("/workflow/nodes/0")


async def test_a_parameter_that_the_workflow_has_no_constant_for_is_refused(client: httpx2.AsyncClient) -> None:
    wrong = {**OURS, "parameters": {"type": "object", "properties": {"other": {}}}}
    body = problem(await client.post("/api/v1/templates", json=wrong), 422, "request_invalid")
    assert body["errors"][0]["code"] == "unknown_parameter"


async def test_what_comes_with_plait_is_only_read(client: httpx2.AsyncClient) -> None:
    problem(await client.post("/api/v1/templates", json={**OURS, "slug": "approval"}), 409, "slug_taken")
    problem(await client.delete("/api/v1/templates/approval"), 409, "slug_taken")


async def test_a_template_that_there_is_not_is_not_found(client: httpx2.AsyncClient) -> None:
    for answer in (
        await client.get("/api/v1/templates/nope"),
        await client.delete("/api/v1/templates/nope"),
        await client.get("/api/v1/templates/nope/used_by"),
        await client.post("/api/v1/templates/nope/instantiate", json={"slug": "copy"}),
    ):
        problem(answer, 404, "not_found")


async def run_copy(live: Live, slug: str, given: Any, **parameters: Any) -> dict[str, Any]:
    """A copy of a template that comes with Plait, run until it ends or waits for people."""
    order = {"slug": f"a-{slug}", "parameters": parameters}
    answer = await live.client.post(f"/api/v1/templates/{slug}/instantiate", json=order)
    assert answer.status_code == 201, answer.text
    return await live.start(f"a-{slug}", {"input": given}, wait=20, until="blocked")


async def test_triage_sorts_by_the_words_of_its_topics(live: Live) -> None:
    message = {"from": "ana@example.com", "text": "I want a refund for this charge."}
    run = await run_copy(live, "support-triage", message, answer_within="an hour")
    assert (run["output"]["topic"], run["output"]["confirmation"]) == (
        "billing",
        "Thank you. We answer within an hour.",
    )
    urgent = await live.start(
        "a-support-triage", {"input": {**message, "text": "All is down!"}}, wait=20, until="blocked"
    )
    assert [each["kind"] for each in urgent["waiting_for"]] == ["gate"]


async def test_extraction_finds_the_fields_of_a_document(live: Live) -> None:
    (live.files_dir / "a.txt").write_text("Invoice no. A-17 of 2026-11-21\nTotal: 12.50\n")
    run = await run_copy(live, "document-extraction", {"path": "a.txt"})
    assert run["status"] == "completed"
    assert json.loads((live.files_dir / "a.txt.json").read_text()) == {
        "number": "A-17", "date": "2026-11-21", "total": "12.50",
    }  # fmt: skip


async def test_compliance_asks_about_what_breaks_a_rule_of_high_severity(live: Live) -> None:
    run = await run_copy(live, "compliance-check", {"text": "Our synergy may lose value."})
    assert run["output"] == {"verdict": "passed", "broken": [{"rule": "plain words", "severity": "low", "times": 1}]}
    asked = await live.start("a-compliance-check", {"input": {"text": "A risk-free fund."}}, wait=20, until="blocked")
    assert [each["kind"] for each in asked["waiting_for"]] == ["gate"]


async def test_a_financial_review_reports_what_stands_out(live: Live) -> None:
    rows = ["account,text,amount", *(f"travel,Bus {n},10" for n in range(5)), "travel,Taxi,90"]
    (live.files_dir / "ledger.csv").write_text("\n".join(rows) + "\n")
    run = await run_copy(live, "financial-review", {"ledger": "ledger.csv"})
    (gate,) = (await live.get("/gates", run_id=run["id"]))["items"]
    shown = (await live.get(f"/gates/{gate['id']}"))["show"]
    assert shown[0]["value"] == "- travel: Taxi, 90 (far from the mean of its account)"
    vote = {"decision": "approved", "form": {"explanation": "A late flight."}}
    await live.client.post(f"/api/v1/gates/{gate['id']}/decisions", json=vote)
    await live.until(run["id"], "completed")
    assert (live.files_dir / "report.md").read_text().endswith("A late flight.\n")
