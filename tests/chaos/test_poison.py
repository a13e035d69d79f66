"""Whatever somebody saves and starts, nobody else notices: small runs go on beside it, and no process dies of it."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from plait.settings import Settings
from plait.temporal import connect
from tests.support import poison
from tests.support.dev import Dev

MIB = 1024 * 1024
NOTICED = 5.0
"""Seconds within which a small run ends, whatever else is going on."""
EATING = "x = []\nwhile True: x.append('y' * 1000)"
BROKEN = poison.transform("a", "{{ 1 / (item - item) }}")


@dataclass(frozen=True)
class Bad:
    """A document, and either the code of the problem that refuses it or the status that its run ends with."""

    document: dict[str, Any] | bytes
    refused: str | None = None
    ends: str = "completed"
    input: Any = field(default_factory=dict)


def poisons(part: int) -> Iterator[Bad]:
    """All of them; in what runs, numbers are divided by `part`."""
    many, rows, n = 10_000 // part, 50_000 // part, {"x": "a", "n": 1}
    eater = {"id": "eat", "type": "code", "with": {"source": EATING}}
    yield Bad(poison.chain("worst", many, f"{{{{ {poison.bushy(32, 300)} }}}}"), input=n)
    yield Bad(poison.chain("deepest", many // 12, f"{{{{ {poison.bushy(32, 4090)} }}}}"), input=n)
    yield Bad(poison.fan("burning", many // 10, when=poison.burning()), input=n)
    yield Bad(poison.fan("fan", many - 1))
    yield Bad(poison.fan("race", many - 1, join={"mode": "any"}))
    yield Bad(poison.fan("vote", many - 1, join={"mode": "quorum", "n": many // 2}))
    yield Bad(poison.dense("dense", 50_000 // part))
    yield Bad(poison.nested("nested", 8))
    yield Bad(poison.crossroads("crossroads", 1_000 // part), refused="may_be_absent")
    yield Bad(poison.knotted("knotted", 60))
    yield Bad(poison.laps("laps", many))
    yield Bad(poison.items("collecting", BROKEN, on_item_error="collect"), input={"rows": list(range(rows))})
    yield Bad(poison.items("failing", BROKEN), input={"rows": list(range(rows))}, ends="failed")
    yield Bad(poison.items("eating", eater, on_item_error="collect"), input={"rows": [1] * max(2, 8 // part)})


def refused() -> Iterator[Bad]:
    """One step more than there may be."""
    noise = "".join(random.Random(1).choices("0123456789abcdef", k=1_200_000))
    yield Bad(poison.chain("long", 10_001), refused="too_many_nodes")
    yield Bad(poison.dense("dense-too", 50_001), refused="too_many_edges")
    yield Bad(poison.nested("deep", 9), refused="too_deep_bodies")
    yield Bad(poison.laps("laps-too", 10_001), refused="wrong_parameter")
    yield Bad(poison.chain("a", 1, f"{{{{ {poison.bushy(33, 300)} }}}}"), refused="expression")
    yield Bad(poison.chain("a", 1, f"{{{{ {poison.bushy(32, 4097)} }}}}"), refused="expression")
    yield Bad(poison.calling("itself", "itself"), refused="recursion")
    yield Bad(poison.document("noise", [poison.transform("a")], vars={"x": noise}), refused="document_too_large")
    yield Bad(b" " * (4 * MIB + 1), refused="too_large")


@dataclass
class Probe:
    """A small workflow that is started every second; `seconds` is how long each run of it took, to its end."""

    client: httpx2.AsyncClient
    seconds: list[float] = field(default_factory=list)

    async def every_second(self) -> None:
        """Until cancelled. Runs overlap when they are slow, as those of different people would."""
        async with asyncio.TaskGroup() as runs:
            while True:
                runs.create_task(self._once())
                await asyncio.sleep(1)

    async def _once(self) -> None:
        begun = time.monotonic()
        run = await started(self.client, "probe", {"name": "Ann"}, wait=30)
        assert run["status"] == "completed", run
        self.seconds.append(time.monotonic() - begun)


async def started(client: httpx2.AsyncClient, slug: str, given: Any, **query: Any) -> dict[str, Any]:
    """A run, as its start answers it."""
    answer = await client.post(f"/workflows/{slug}/run", json={"input": given}, params=query)
    assert answer.status_code < 300, answer.text
    return answer.json()


@asynccontextmanager
async def probing(dev: Dev) -> AsyncIterator[Probe]:
    """Small runs, for as long as the block runs. None of them took long, and the processes are the same as before."""
    async with httpx2.AsyncClient(base_url=f"{dev.url}/api/v1", timeout=60, trust_env=False) as client:
        small = [
            {
                "id": "greet",
                "type": "tool_call",
                "with": {"tool": "render_text", "args": {"template": "Hello", "values": {}}},
            },
            poison.transform("seen", "{{ nodes.greet.output }}"),
        ]
        document = poison.document("probe", small, [poison.edge("greet", "seen")])
        await client.put("/workflows/probe", json=document, headers={"If-Match": "*"})
        before, probe = dev.groups, Probe(client)
        task = asyncio.create_task(probe.every_second())
        try:
            yield probe
        finally:
            task.cancel()
            await asyncio.wait({task})
    assert task.cancelled(), task.exception()
    assert probe.seconds
    assert max(probe.seconds) < NOTICED, sorted(probe.seconds)[-5:]
    assert dev.groups == before


async def put(client: httpx2.AsyncClient, bad: Bad) -> httpx2.Response:
    """The answer to saving it, which comes in bounded time and is never an error of ours."""
    source = bad.document if isinstance(bad.document, bytes) else json.dumps(bad.document).encode()
    begun = time.monotonic()
    answer = await client.post("/workflows", content=source, headers={"Content-Type": "application/json"})
    print(f"  saved in {time.monotonic() - begun:.1f} s: {len(source)} bytes, {answer.status_code}")
    return answer


def assert_refused(answer: httpx2.Response, code: str) -> None:
    """With this problem, in the document or in the request."""
    assert answer.status_code in {413, 422}, answer.text[:1000]
    said = answer.json()
    assert code in {said["code"], *(problem["code"] for problem in said.get("errors", ()))}, answer.text[:1000]


@pytest.mark.parametrize(
    "part",
    [pytest.param(50, id="small"), pytest.param(1, id="whole", marks=[pytest.mark.full, pytest.mark.timeout(3600)])],
)
async def test_what_is_bad_and_legal_runs_and_disturbs_nobody(dev: Dev, part: int) -> None:
    async with probing(dev) as probe:
        for bad in poisons(part):
            await run_or_refuse(probe, bad, 30 if part > 1 else 1200)
        print(f"probe: {len(probe.seconds)} runs, slowest {max(probe.seconds):.2f} s")
    await assert_nothing_broke(dev)


async def run_or_refuse(probe: Probe, bad: Bad, within: float) -> None:
    """Save it; start it, if it can be saved, and wait for its end."""
    assert isinstance(bad.document, dict)
    slug, at = bad.document["slug"], len(probe.seconds)
    print(slug)
    answer = await put(probe.client, bad)
    if bad.refused is not None:
        assert_refused(answer, bad.refused)
        return
    assert answer.status_code == 201, answer.text[:1000]
    begun = time.monotonic()
    run = await started(probe.client, slug, bad.input)
    async with asyncio.timeout(within):
        while run["status"] in {"pending", "running", "stopping"}:
            await asyncio.sleep(0.1)
            run = (await probe.client.get(f"/workflow_runs/{run['id']}")).json()
    assert run["status"] == bad.ends, run["error"]
    print(f"  ran in {time.monotonic() - begun:.1f} s; slowest probe {max(probe.seconds[at:], default=0):.2f} s")


async def test_what_is_over_a_limit_is_refused_and_disturbs_nobody(dev: Dev) -> None:
    async with probing(dev) as probe:
        for bad in refused():
            assert_refused(await put(probe.client, bad), bad.refused or "")
        for document in (poison.chain("ping", 1), poison.calling("pong", "ping")):
            assert (await put(probe.client, Bad(document))).status_code == 201
        address, circle = "/workflows/ping", poison.calling("ping", "pong")
        answer = await probe.client.put(address, json=circle, headers={"If-Match": "*"})
        assert_refused(answer, "recursion")
        meaningless = await put(probe.client, Bad(poison.meaningless("meaningless")))
        assert meaningless.status_code in {201, 422}
        await asyncio.sleep(1)
    await assert_nothing_broke(dev)


async def assert_nothing_broke(dev: Dev) -> None:
    """No process told of an error that it had not foreseen, and no workflow task failed."""
    for log in (dev.directory / "logs").glob("*.log"):
        if log.stem in {"api", "worker"}:
            said = log.read_text()
            assert "Traceback" not in said, said[said.index("Traceback") - 500 :][:4000]
            assert "deadlock" not in said.lower()
    client: Client = await connect(Settings(temporal_address=f"127.0.0.1:{dev.ports[1]}"))
    async for execution in client.list_workflows():
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        async for event in handle.fetch_history_events():
            assert event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, (execution.id, event)
