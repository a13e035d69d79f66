"""What the description promises holds for thousands of requests nobody would write by hand."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.test_running import A_TO_B, GATED, the_gate, work
from tests.support.live import Live

UNKNOWN = "00000000-0000-7000-8000-000000000000"
CONFIG = """
seed = 7
generation.max-examples = 5
phases.stateful.generation.max-examples = 25

[checks]
positive_data_acceptance.enabled = false  # a body may be an object and still no workflow

[[operations]]  # it can send no zip
include-path = "/api/v1/import"
enabled = false

[[operations]]  # with another method each is an address of one thing that is named so
include-path-regex = "/(workflow_runs/(bulk|counts)|workflows/validate|schedules/preview)$"
checks.unsupported_method.enabled = false

[[operations]]  # in an address a list of one text and that text look the same; and nobody waits a minute for news
include-path-regex = "/(events|feed)$"
checks.negative_data_rejection.enabled = false
parameters = { "query.wait" = 0 }

[[operations]]
include-path = "/api/v1/workflows/{ref}/run"
parameters = { "query.wait" = 1 }

[[operations]]
include-path = "/api/v1/payloads/{ref}"
parameters = { "path.ref" = { dictionary = "payload" } }

[parameters]
"body.workflow" = { dictionary = "ref", probability = 0.9 }
"body.start.workflow" = { dictionary = "ref", probability = 0.9 }
"""


async def seeded(live: Live) -> dict[str, list[Any]]:
    """Values for the addresses' parameters: what is there in several states, and what is not."""
    await live.save("gated", *GATED)
    await live.save("chain", [work("a"), work("b")], A_TO_B)
    waiting = [await live.start("gated", wait=20, until="blocked") for _ in range(3)]
    ended = [await live.start("chain", wait=20) for _ in range(2)]
    later = await live.start("chain", {"start": "later"})
    runs = [run["id"] for run in (*waiting, *ended, later)]

    async def made(address: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await live.client.post(f"/api/v1{address}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    wanted = {"url": "https://example.com/hook", "types": ["workflow.run.failed"]}
    endpoints = [(await made("/webhook_endpoints", wanted))["id"] for _ in range(3)]
    sent = (await made(f"/webhook_endpoints/{endpoints[0]}/test", {}))["id"]
    nightly = {"workflow": "chain", "cron": "0 2 * * *", "paused": True}
    schedules = [(await made("/schedules", {"name": f"Nightly {n}", **nightly}))["id"] for n in range(3)]
    hook = {"verify": {"scheme": "standard"}, "start": {"workflow": "chain"}}
    triggers = [await made("/webhook_triggers", {"name": f"In {n}", **hook}) for n in range(3)]
    kept = {"plait": 1, "slug": "kept", "nodes": [work("a")]}
    await made("/templates", {"slug": "kept", "name": "Kept", "workflow": kept})
    several = {"action": "cancel", "ids": runs[3:5]}
    shown = await made("/workflow_runs/bulk", {**several, "dry_run": True})
    operation = (await made("/workflow_runs/bulk", {**several, "confirm": shown["confirm"]}))["id"]
    file = (await live.client.post("/api/v1/files", content=b"some bytes")).json()["id"]
    return {
        "operation_id": [operation, UNKNOWN],
        "other_id": [*runs, UNKNOWN],
        "slug": ["kept", "support-triage", "no-such-slug"],
        "number": [1, 2],
        "other": [1, 2],
        "payload": [file, UNKNOWN],
        "schedule_id": [*schedules, UNKNOWN],
        "trigger_id": [*[each["id"] for each in triggers], UNKNOWN],
        "token": [triggers[0]["url"].rpartition("/")[2], "x" * 43],
        "endpoint_id": [*endpoints, UNKNOWN],
        "delivery_id": [sent, UNKNOWN],
        "ref": ["gated", "chain", ended[0]["workflow"]["id"], "no-such-slug"],
        "run_id": [*runs, UNKNOWN],
        "gate_id": [*[(await the_gate(live, run))["id"] for run in waiting], UNKNOWN],
        "path": ["sign_off", "a", "b", "nothing"],
        "environment": ["dev", "prod", "moon"],
        "name": ["REGION", "not-one"],
    }


def configured(values: dict[str, list[Any]]) -> str:
    """The configuration: nine times of ten what the address names is one of these values."""
    bound = [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.9 }}' for name in values]
    kept = [f"[dictionaries.{name}]\nvalues = {json.dumps(several)}" for name, several in values.items()]
    return "\n".join([CONFIG, *bound, *kept])


@pytest.mark.timeout(300)
async def test_every_operation_keeps_to_its_description(live: Live, tmp_path: Path) -> None:
    values = await seeded(live)
    (tmp_path / "schemathesis.toml").write_text(configured(values))
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"http://127.0.0.1:{live.port}/api/v1/openapi.json",
        "--no-color",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()[-20_000:]
