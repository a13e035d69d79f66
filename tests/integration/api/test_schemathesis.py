"""What the description promises holds for thousands of requests nobody would write by hand."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.integration.api.test_running import A_TO_B, GATED, the_gate, work
from tests.support.live import Live

EXAMPLES = "5"
UNKNOWN = "00000000-0000-7000-8000-000000000000"


async def seeded(live: Live) -> dict[str, list[str]]:
    """Values for the addresses' parameters: what is there in several states, and what is not."""
    await live.save("gated", *GATED)
    await live.save("chain", [work("a"), work("b")], A_TO_B)
    waiting = [await live.start("gated", wait=20, until="blocked") for _ in range(3)]
    ended = [await live.start("chain", wait=20) for _ in range(2)]
    later = await live.start("chain", {"start": "later"})
    runs = [run["id"] for run in (*waiting, *ended, later)]
    wanted = {"url": "https://example.com/hook", "types": ["workflow.run.failed"]}
    endpoint = (await live.client.post("/api/v1/webhook_endpoints", json=wanted)).json()["id"]
    sent = (await live.client.post(f"/api/v1/webhook_endpoints/{endpoint}/test")).json()["id"]
    nightly = {"name": "Nightly", "workflow": "chain", "cron": "0 2 * * *", "paused": True}
    schedule = (await live.client.post("/api/v1/schedules", json=nightly)).json()["id"]
    hook = {"name": "In", "verify": "standard", "start": {"workflow": "chain"}}
    trigger = (await live.client.post("/api/v1/webhook_triggers", json=hook)).json()
    return {
        "schedule_id": [schedule, UNKNOWN],
        "trigger_id": [trigger["id"], UNKNOWN],
        "token": [trigger["url"].rpartition("/")[2], "x" * 43],
        "endpoint_id": [endpoint, UNKNOWN],
        "delivery_id": [sent, UNKNOWN],
        "ref": ["gated", "chain", ended[0]["workflow"]["id"], "no-such-slug"],
        "run_id": [*runs, UNKNOWN],
        "gate_id": [*[(await the_gate(live, run))["id"] for run in waiting], UNKNOWN],
        "path": ["sign_off", "a", "b", "nothing"],
        "environment": ["dev", "prod", "moon"],
        "name": ["REGION", "not-one"],
    }


@pytest.mark.timeout(300)
async def test_every_operation_keeps_to_its_description(live: Live, tmp_path: Path) -> None:
    values = await seeded(live)
    config = [f'"path.{name}" = {json.dumps(several)}' for name, several in values.items()]
    (tmp_path / "schemathesis.toml").write_text("\n".join(["[parameters]", *config]))
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"http://127.0.0.1:{live.port}/api/v1/openapi.json",
        *("--max-examples", EXAMPLES, "--seed", "7", "--no-color"),
        *("--exclude-checks", "positive_data_acceptance"),  # a body may be an object and still no workflow
        *("--exclude-path", "/api/v1/import"),  # it can send no zip
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()[-20_000:]
