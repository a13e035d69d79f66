"""A fixture made of a run passes as it is, without a server."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from interpreter.catalogue import Catalogue
from interpreter.document.yaml import scan
from plait.cli.authoring.catalogue import local_catalogue
from plait.testing.read import read_fixture
from plait.testing.run import CaseResult
from plait.testing.suite import Suite
from plait.testing.workflow import Workflows
from tests.integration.api.support import problem
from tests.support.live import Live
from tests.support.tools import registry


async def fixture_of(live: Live, run_id: str, folder: Path) -> Path:
    """The fixture of a run in a file, beside its workflow."""
    answer = await live.client.post(f"/api/v1/workflow_runs/{run_id}/fixture", headers={"accept": "application/yaml"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/yaml"), answer.text
    run = await live.get(f"/workflow_runs/{run_id}")
    document = await live.get(f"/workflows/{run['workflow']['slug']}/definition")
    (folder / "flow.json").write_text(json.dumps(document))
    (folder / "flow.test.yaml").write_text(answer.text)
    return folder / "flow.test.yaml"


def repeated(fixture: Path) -> CaseResult:
    """What comes of the one case of a fixture."""
    known = local_catalogue()
    catalogue = Catalogue(node_types=known.node_types, tools={**known.tools, **registry().catalogue()})
    suite = Suite(Workflows(lambda _: (catalogue, ())), time.perf_counter)
    (result,) = suite.run([read_fixture(fixture)])
    return result


def a_call(name: str, tool: str, args: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    return {"id": name, "type": "tool_call", "with": {"tool": tool, "args": args or {}}, **said}


def a_gate(name: str, **said: Any) -> dict[str, Any]:
    given = {"title": "?", "approvers": ["group:legal"], "form": {"type": "object"}}
    return {"id": name, "type": "human_gate", "with": given, **said}


UNDO = {"type": "tool_call", "with": {"tool": "work", "args": {"value": "undone"}}}
FAST = {"initial_interval": 0.01}


async def test_the_fixture_of_a_run_passes_as_it_is(live: Live, tmp_path: Path) -> None:
    await live.save(
        "whole",
        [
            a_call("flaky", "flaky", {"failures": 2}, retry={"max_attempts": 3, **FAST}),
            a_call("big", "big", {"size": 20_000}),
            a_call("never", "work", when="nodes.flaky.output > 99"),
            a_gate("sign"),
            {"id": "done", "type": "transform", "with": {"value": "{{ size(nodes.big.output) + nodes.flaky.output }}"}},
        ],
        [
            {"from": "flaky", "to": "never"},
            {"from": "flaky", "to": "sign"},
            {"from": "big", "to": "sign"},
            {"from": "sign", "to": "done", "on": "approved"},
        ],
        output={"size": "{{ nodes.done.output }}", "note": "{{ nodes.sign.output.form.note }}", "run": "{{ run.id }}"},
    )
    run = await live.start("whole", wait=20, until="blocked")
    decision = {"decision": "approved", "form": {"note": "on: 12:30"}}
    gate = run["waiting_for"][0]["gate_id"]
    assert (await live.client.post(f"/api/v1/gates/{gate}/decisions", json=decision)).status_code == 200
    assert (await live.until(run["id"], "completed", "failed"))["status"] == "completed"

    fixture = await fixture_of(live, run["id"], tmp_path)
    result = repeated(fixture)
    assert (result.verdict, result.findings) == ("passed", ())
    assert result.simulation is not None
    assert [(step.node, step.attempts) for step in result.simulation.path if step.attempts > 1] == [("flaky", 3)]

    fixture.write_text(fixture.read_text().replace("size: 20003", "size: 7"))
    assert [finding.field for finding in repeated(fixture).findings] == ["expect.output"]


@pytest.mark.parametrize(
    ("nodes", "edges", "status"),
    [
        ([a_call("a", "flaky", {"failures": 9, "retryable": False}), a_call("b", "work")], ["a b"], "failed"),
        ([a_call("a", "sleep", {"seconds": 5}, timeout=0.3, retry={"max_attempts": 2, **FAST})], [], "failed"),
        ([a_call("a", "sleep", {"seconds": 5}, deadline=0.5)], [], "failed"),
        (
            [a_call("a", "flaky", {"failures": 9}, retry={"max_attempts": 2, **FAST}, on_error="continue")],
            [],
            "completed",
        ),
        ([a_call("a", "work", {"value": 3}, accept="output > 5", retry={"max_attempts": 2, **FAST})], [], "failed"),
        (
            [a_call("a", "work", compensate=UNDO), a_call("b", "flaky", {"failures": 9, "retryable": False})],
            ["a b"],
            "failed",
        ),
        ([a_gate("g", timeout=0.3)], [], "failed"),
        ([{"id": "w", "type": "wait", "with": {"for": 0.3}}, a_call("a", "work")], ["w a"], "completed"),
    ],
    ids=[
        "fails",
        "times out",
        "passes its deadline",
        "fails and goes on",
        "is not accepted",
        "is undone",
        "expires",
        "waits",
    ],
)
async def test_a_run_ends_in_its_fixture_as_it_did(
    live: Live, tmp_path: Path, nodes: list[dict[str, Any]], edges: list[str], status: str
) -> None:
    await live.save("ended", nodes, [dict(zip(("from", "to"), edge.split(), strict=True)) for edge in edges])
    run = await live.start("ended", wait=20)
    assert run["status"] == status, run["error"]
    result = repeated(await fixture_of(live, run["id"], tmp_path))
    assert (result.verdict, result.findings) == ("passed", ())


async def test_events_items_and_laps_come_again_in_a_fixture(live: Live, tmp_path: Path) -> None:
    score = a_call("score", "work", {"value": "{{ item * 10 }}"})
    lap = a_call("draft", "work", {"value": "{{ lap }}"})
    refined = {"max_iterations": 3, "until": "nodes.draft.output == 2", "output": "{{ nodes.draft.output }}"}
    await live.save(
        "bodies",
        [
            {"id": "paid", "type": "event", "with": {"name": "paid", "key": "'order-7'"}, "timeout": "1h"},
            {
                "id": "each",
                "type": "map",
                "with": {"items": "{{ [1, 2, 3] }}", "nodes": [score], "output": "{{ nodes.score.output }}"},
            },
            {"id": "refine", "type": "loop", "with": {**refined, "nodes": [lap]}},
        ],
        [{"from": "paid", "to": "each"}, {"from": "each", "to": "refine"}],
        output={
            "amount": "{{ nodes.paid.output.amount }}",
            "scores": "{{ nodes.each.output }}",
            "laps": "{{ nodes.refine.output }}",
        },
    )
    run = await live.start("bodies", wait=20, until="blocked")
    sent = {"name": "paid", "key": "order-7", "payload": {"amount": 12}}
    answer = await live.client.post(f"/api/v1/workflow_runs/{run['id']}/inbound_events", json=sent)
    assert answer.status_code in (200, 202), answer.text
    ended = await live.until(run["id"], "completed", "failed")
    assert ended["output"] == {"amount": 12, "scores": [10, 20, 30], "laps": 2}, ended["error"]
    fixture = await fixture_of(live, run["id"], tmp_path)
    assert repeated(fixture).findings == ()
    assert {"each.2.score", "refine~2.draft"} <= scan(fixture.read_text()).value["cases"][0]["mocks"].keys()


async def test_the_winner_of_a_race_wins_in_the_fixture_too(live: Live, tmp_path: Path) -> None:
    await live.save(
        "race",
        [
            a_call("slow", "sleep", {"seconds": 5}),
            a_call("quick", "sleep", {"seconds": 0.1}),
            {"id": "first", "type": "join", "join": {"mode": "any", "cancel_rest": True}, "with": {"merge": "first"}},
        ],
        [{"from": "slow", "to": "first"}, {"from": "quick", "to": "first"}],
    )
    run = await live.start("race", wait=20)
    assert run["output"] == {"first": 0.1}
    assert repeated(await fixture_of(live, run["id"], tmp_path)).findings == ()


async def test_a_cancelled_run_is_cancelled_in_its_fixture(live: Live, tmp_path: Path) -> None:
    await live.save("cancelled", [a_call("a", "work"), a_call("b", "sleep", {"seconds": 9}), a_call("c", "work")],
                    [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}])  # fmt: skip
    run = await live.start("cancelled")
    await live.until(run["id"], "running")
    while (await live.get(f"/workflow_runs/{run['id']}/nodes/b"))["status"] != "running":
        await asyncio.sleep(0.03)
    await live.client.post(f"/api/v1/workflow_runs/{run['id']}/cancel", json={})
    await live.until(run["id"], "cancelled")
    result = repeated(await fixture_of(live, run["id"], tmp_path))
    assert (result.verdict, result.findings) == ("passed", ())
    assert result.simulation is not None
    assert [step.node for step in result.simulation.path if step.status == "completed"] == ["a"]


async def test_no_fixture_is_made_of_a_run_that_goes_on(live: Live) -> None:
    await live.save("open", [a_gate("g")])
    run = await live.start("open", wait=20, until="blocked")
    answer = await live.client.post(f"/api/v1/workflow_runs/{run['id']}/fixture")
    assert problem(answer, 409, "run_state_conflict")["run_status"] == "running"


async def test_a_fixture_is_json_unless_yaml_is_asked_for(live: Live) -> None:
    await live.save("plain", [a_call("a", "work", {"value": 1})])
    run = await live.start("plain", wait=20)
    answer = await live.client.post(f"/api/v1/workflow_runs/{run['id']}/fixture")
    (case,) = answer.json()["cases"]
    assert (case["run"]["id"], case["mocks"]["a"][0]["output"]) == (run["id"], 1)
    assert case["expect"] == {"status": "completed", "output": {"a": 1}, "skipped": {}, "flags": []}
