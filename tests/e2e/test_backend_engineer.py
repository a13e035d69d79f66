"""The session of a backend engineer, as it is typed."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.dev import Dev, free_ports, plait_dev


async def curl(*arguments: str) -> Any:
    process = await asyncio.create_subprocess_exec("curl", "-sS", *arguments, stdout=asyncio.subprocess.PIPE)
    told, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return json.loads(told)


async def post(url: str, body: dict[str, Any]) -> Any:
    return await curl("-X", "POST", url, "-H", "content-type: application/json", "-d", json.dumps(body))


@pytest.mark.timeout(180)
async def test_a_new_workflow_is_written_checked_stored_started_decided_and_read(short_dir: Path) -> None:
    async with plait_dev(short_dir / "data", free_ports()) as dev:
        code, template = await dev.plait("new", "approval")
        assert code == 0
        file = short_dir / "expense.yaml"
        file.write_text(template)

        code, said = await dev.plait("validate", str(file))
        assert (code, "valid" in said) == (0, True), said
        code, said = await dev.plait("apply", str(file))
        assert (code, "version 1" in said) == (0, True), said
        code, said = await dev.plait("apply", str(file))
        assert (code, "unchanged" in said) == (0, True), said

        await decide_and_read(dev)
        code, said = await dev.plait("runs", "list")
        assert (code, "completed" in said) == (0, True), said
        code, said = await dev.plait("doctor")
        assert code == 0, said


async def decide_and_read(dev: Dev) -> None:
    api = f"{dev.url}/api/v1"
    order = {"input": {"employee": "ana", "amount": 900}}
    run = await post(f"{api}/workflows/expense-approval/run?wait=10&until=blocked", order)
    assert run["waiting_for"][0]["kind"] == "gate", run
    gate = await post(f"{api}/gates/{run['waiting_for'][0]['gate_id']}/decisions", {"decision": "approved"})
    assert gate["status"] == "approved"
    for _ in range(100):
        run = await curl(f"{api}/workflow_runs/{run['id']}?include=nodes")
        if run["status"] == "completed":
            break
        await asyncio.sleep(0.05)
    assert run["output"] == {"payment": {"employee": "ana", "paid": 900}}
    assert [(node["path"], node["status"]) for node in run["nodes"]] == [
        ("size", "completed"),
        ("sign_off", "completed"),
        ("pay", "completed"),
    ]
