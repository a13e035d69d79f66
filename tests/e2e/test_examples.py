"""Every example runs as its README says, on a real `plait dev`."""

import asyncio
import csv
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.test_backend_engineer import free_ports
from tests.support.dev import Dev, plait_dev
from tests.support.http_server import HttpServer

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
async def dev(short_dir: Path) -> AsyncIterator[Dev]:
    files, with_tools = short_dir / "files", [EXAMPLES / "invoice-approval", EXAMPLES / "content-pipeline"]
    for example in with_tools:
        shutil.copytree(example / "data", files, dirs_exist_ok=True)
    environment = {
        "PYTHONPATH": os.pathsep.join(map(str, with_tools)),
        "PLAIT_TOOLS": "invoice_tools,content_tools",
        "PLAIT_MODEL_ALIASES": "fast=local:demo,smart=local:demo",
        "PLAIT_FILES_DIR": str(files),
        "PLAIT_EGRESS_ALLOW": "127.0.0.0/8",
    }
    async with plait_dev(short_dir / "data", free_ports(), environment) as running:
        yield running


def calling(dev: Dev) -> httpx2.AsyncClient:
    """A client of the stack's API."""
    return httpx2.AsyncClient(base_url=f"{dev.url}/api/v1", timeout=70, trust_env=False)


async def run_example(dev: Dev, name: str, input_: dict[str, Any], decision: str | None = None) -> dict[str, Any]:
    """Store and run it, answer its gate if it has one, and give the run at its end."""
    source = (EXAMPLES / name / "workflow.yaml").read_bytes()
    async with calling(dev) as api:
        told = {"content-type": "application/yaml", "if-match": "*"}
        (await api.put(f"/workflows/{name}", content=source, headers=told)).raise_for_status()
        return await run_stored(api, name, input_, decision)


async def run_template(
    dev: Dev, name: str, parameters: dict[str, Any], input_: dict[str, Any], search: str
) -> dict[str, Any]:
    """A copy of a template that searches the web there, run to its end with its gate approved."""
    async with calling(dev) as api:
        variable = {"value": f"{search}/search"}
        address = "/environments/dev/variables/WEB_SEARCH_URL"
        (await api.put(address, json=variable, headers={"If-Match": "*"})).raise_for_status()
        copy = {"slug": "copied", "parameters": parameters}
        (await api.post(f"/templates/{name}/instantiate", json=copy)).raise_for_status()
        return await run_stored(api, "copied", input_, "approved")


async def run_stored(
    api: httpx2.AsyncClient, slug: str, input_: dict[str, Any], decision: str | None
) -> dict[str, Any]:
    """The run of a stored workflow at its end, its gate answered if it has one."""
    query = {"wait": "60", "until": "blocked" if decision else "end"}
    answer = await api.post(f"/workflows/{slug}/run", json={"input": input_}, params=query)
    run = answer.raise_for_status().json()
    if decision:
        assert run["waiting_for"], run["error"]
        gate = run["waiting_for"][0]["gate_id"]
        (await api.post(f"/gates/{gate}/decisions", json={"decision": decision})).raise_for_status()
        async with asyncio.timeout(60):
            while run["status"] not in {"completed", "failed"}:
                await asyncio.sleep(0.1)
                run = (await api.get(f"/workflow_runs/{run['id']}")).json()
    return run


@pytest.mark.timeout(240)
async def test_the_examples_do_what_their_readmes_say(dev: Dev, short_dir: Path, http_server: HttpServer) -> None:
    diamond = await run_example(dev, "diamond", {"number": 7})
    assert diamond["output"] == {"doubled": 14, "squared": 49}

    invoices = await run_example(dev, "invoice-approval", {}, "rejected")
    assert invoices["status"] == "completed", invoices["error"]
    assert count(short_dir / "files" / "approved.csv") == 285
    assert count(short_dir / "files" / "rejected.csv") == 32
    assert "Paid                285" in (short_dir / "files" / "summary.txt").read_text()

    content = await run_example(dev, "content-pipeline", {}, "approved")
    assert content["output"]["rules"] == "keeps to the rules", content["error"]
    page = (short_dir / "files" / content["output"]["file"]).read_text()
    assert page.startswith("# Tidal power\n\nThis is local:demo")
    assert "energy from the rise and fall" in page

    post = await run_template(dev, "content-pipeline", {"editors": "role:admin"}, {"topic": "Tides"}, http_server.url)
    assert json.loads((short_dir / "files" / post["output"]["file"]).read_text())["title"] == "Tides"

    port = free_ports()[0]
    service = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLES / "release-checklist" / "service.py"), str(port), "1.4.0",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert service.stdout is not None
    await service.stdout.readline()
    try:
        order = {"service": f"http://127.0.0.1:{port}", "version": "1.4.0", "soak_seconds": 0.2}
        release = await run_example(dev, "release-checklist", order, "approved")
        assert release["output"] == {"announced": True}, json.dumps(release["error"])
        wrong = await run_example(dev, "release-checklist", {**order, "version": "1.5.0"})
        assert (wrong["status"], wrong["error"]["category"]) == ("failed", "business")
    finally:
        service.kill()
        await service.wait()


def count(file: Path) -> int:
    with file.open(newline="") as opened:
        return sum(1 for _ in csv.DictReader(opened))
