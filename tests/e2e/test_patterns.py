"""Every pattern does on a real `plait dev` what its fixture says that it does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from docs.patterns import PATTERNS
from tests.e2e.patterns import FILES, STORIES, Story
from tests.support.dev import Dev, free_ports, plait_dev

ENDED = {"completed", "failed", "cancelled", "terminated"}
BY_HAND = "transient-trigger"


@pytest.fixture
async def dev(short_dir: Path) -> AsyncIterator[Dev]:
    files = short_dir / "files"
    for name, text in FILES.items():
        file = files / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    async with plait_dev(short_dir / "data", free_ports(), {"PLAIT_FILES_DIR": str(files)}) as running:
        yield running


async def start(api: httpx2.AsyncClient, name: str, input_: dict[str, Any]) -> str:
    """Store the pattern and start it; the run's id."""
    told = {"content-type": "application/yaml", "if-match": "*"}
    source = PATTERNS[name].read_bytes()
    (await api.put(f"/workflows/pattern-{name}", content=source, headers=told)).raise_for_status()
    answer = await api.post(f"/workflows/pattern-{name}/run", json={"input": input_})
    return answer.raise_for_status().json()["id"]


async def answered(api: httpx2.AsyncClient, run_id: str, gates: dict[str, str]) -> dict[str, Any]:
    """Decide the gates as they open, and give the run at its end."""
    decided: set[str] = set()
    while (run := (await api.get(f"/workflow_runs/{run_id}")).json())["status"] not in ENDED:
        for wait in run["waiting_for"] or ():
            if (decision := gates.get(wait["path"])) and wait["path"] not in decided:
                decided.add(wait["path"])
                told = await api.post(f"/gates/{wait['gate_id']}/decisions", json={"decision": decision})
                told.raise_for_status()
        await asyncio.sleep(0.3)
    return run


async def come_of(api: httpx2.AsyncClient, name: str, story: Story) -> Story:
    """Run a pattern by its story, and tell the story as it went."""
    run_id = await start(api, name, story.input)
    for event in story.events:
        (await api.post(f"/workflow_runs/{run_id}/inbound_events", json=event)).raise_for_status()
    if story.cancelled:
        await waits(api, run_id)
        (await api.post(f"/workflow_runs/{run_id}/cancel", json={})).raise_for_status()
    run = await answered(api, run_id, story.gates)
    nodes = {path: (await api.get(f"/workflow_runs/{run_id}/nodes/{path}")).json()["status"] for path in story.nodes}
    output = run["output"] if story.output is not None else None
    return replace(story, status=run["status"], output=output, nodes=nodes)


async def waits(api: httpx2.AsyncClient, run_id: str) -> None:
    """Return once the run waits for something outside."""
    while not (await api.get(f"/workflow_runs/{run_id}")).json()["waiting_for"]:
        await asyncio.sleep(0.05)


async def only_the_code_of_the_moment_counts(api: httpx2.AsyncClient) -> None:
    """A transient trigger: the key of the event is what the run has just made."""
    run_id = await start(api, BY_HAND, {})
    await waits(api, run_id)
    code = (await api.get(f"/workflow_runs/{run_id}/nodes/sign_in~1.code")).json()["output"]
    for key in (f"{code}0", code):
        sent = await api.post(f"/workflow_runs/{run_id}/inbound_events", json={"name": "code", "key": key})
        sent.raise_for_status()
    assert (await answered(api, run_id, {}))["output"] == {"welcome": "signed in with code 1"}


def test_every_pattern_has_a_story() -> None:
    assert set(STORIES) | {BY_HAND} == set(PATTERNS)


@pytest.mark.timeout(240)
async def test_the_patterns_do_what_they_say(dev: Dev) -> None:
    async with (
        httpx2.AsyncClient(base_url=f"{dev.url}/api/v1", timeout=60, trust_env=False) as api,
        asyncio.timeout(120),
    ):
        went = await asyncio.gather(
            only_the_code_of_the_moment_counts(api), *(come_of(api, *each) for each in STORIES.items())
        )
    assert dict(zip(STORIES, went[1:], strict=True)) == STORIES
