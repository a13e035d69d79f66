"""A run in the middle of things: a node in flight, a gate open. What it takes to end it, and to audit it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

HOLDING: dict[str, Any] = {
    "plait": 1,
    "slug": "holding",
    "nodes": [
        {"id": "hold", "type": "tool_call", "with": {"tool": "hold_on", "args": {"name": "{{ input.name }}"}}},
        {"id": "after", "type": "transform", "with": {"value": "{{ nodes.hold.output }}"}},
        {"id": "sign_off", "type": "human_gate", "with": {"title": "Sign off", "approvers": ["user:local"]}},
        {"id": "paid", "type": "transform", "with": {"value": "paid"}},
    ],
    "edges": [{"from": "hold", "to": "after"}, {"from": "sign_off", "to": "paid", "on": "approved"}],
}
"""Two branches: a tool that waits for a file, and a person."""

SLOW_TOOLS = {"PLAIT_TOOLS": "slow_tools", "PYTHONPATH": str(Path(__file__).parents[1] / "support")}
"""What gives a worker the tool `hold_on`."""


@dataclass(frozen=True)
class Story:
    """One run of HOLDING, told of by the API at `client`, with its barriers in `files`."""

    client: httpx2.AsyncClient
    files: Path
    name: str
    id: str

    async def in_the_middle(self, within: float = 30) -> None:
        """Return once the tool runs and the gate is open."""
        async with asyncio.timeout(within):
            while not self.calls or not (await self.gates()):
                await asyncio.sleep(0.02)

    @property
    def calls(self) -> list[str]:
        """The idempotency key of each time that the tool was called."""
        return self._lines("began")

    @property
    def ends(self) -> list[str]:
        """The process of each call of the tool that came to its end."""
        return self._lines("ended")

    async def called(self, times: int, within: float = 30) -> None:
        """Return once the tool was called so many times."""
        async with asyncio.timeout(within):
            while len(self.calls) < times:
                await asyncio.sleep(0.02)

    async def gates(self) -> list[dict[str, Any]]:
        """The open gates."""
        return (await patiently(self.client, "GET", "/gates", params={"run_id": self.id, "status": "open"}))["items"]

    def let_go(self) -> None:
        """Let the tool return."""
        (self.files / f"{self.name}.go").touch()

    async def approve(self) -> None:
        """Decide the gate, again and again while servers are away: the same vote is the same row."""
        (gate,) = await self.gates()
        await patiently(self.client, "POST", f"/gates/{gate['id']}/decisions", json={"decision": "approved"})

    async def until(self, status: str, within: float = 30) -> dict[str, Any]:
        """The run once it has this status."""
        async with asyncio.timeout(within):
            while (run := await patiently(self.client, "GET", f"/workflow_runs/{self.id}"))["status"] != status:
                await asyncio.sleep(0.03)
        return run

    async def until_completed(self, path: str, within: float = 30) -> None:
        """Return once this node is on record as completed."""
        async with asyncio.timeout(within):
            while True:
                nodes = await patiently(self.client, "GET", f"/workflow_runs/{self.id}/nodes")
                if any(node["path"] == path and node["status"] == "completed" for node in nodes["items"]):
                    return
                await asyncio.sleep(0.03)

    async def end_well(self) -> None:
        """Go on in both branches, to the run's end."""
        self.let_go()
        await self.approve()
        await self.until("completed")

    def _lines(self, what: str) -> list[str]:
        try:
            return (self.files / f"{self.name}.{what}").read_text().split()
        except FileNotFoundError:
            return []


@asynccontextmanager
async def api_at(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the API there."""
    async with httpx2.AsyncClient(base_url=f"{url}/api/v1", timeout=10, trust_env=False) as client:
        yield client


async def save(client: httpx2.AsyncClient, document: dict[str, Any] = HOLDING) -> None:
    """Store the workflow, or find it stored."""
    await patiently(client, "PUT", f"/workflows/{document['slug']}", json=document, headers={"If-Match": "*"})


async def begin(client: httpx2.AsyncClient, files: Path, name: str, slug: str = "holding") -> Story:
    """Start a run; `name` is that of its barriers. Repeated under the same key it is the same run."""
    run = await patiently(
        client, "POST", f"/workflows/{slug}/run", json={"input": {"name": name}}, headers={"Idempotency-Key": name}
    )
    return Story(client, files, name, run["id"])


async def patiently(client: httpx2.AsyncClient, method: str, address: str, **said: Any) -> Any:
    """The answer, asked for again while the API or what it needs is away."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                answer = await client.request(method, address, **said)
                if answer.status_code != 503:
                    assert answer.status_code < 300, answer.text
                    return answer.json()
            await asyncio.sleep(0.05)


async def assert_nothing_lost(dsn: str, run_id: str) -> None:
    """Every node of HOLDING is in the ledger once and ended once; the log's numbers have no gap."""
    connection = await asyncpg.connect(dsn)
    try:
        ledger = await connection.fetch("select path, generation, status from node_runs where run_id = $1", run_id)
        events = await connection.fetch("select seq, type, path from run_events where run_id = $1 order by seq", run_id)
        last_seq = await connection.fetchval("select last_seq from workflow_runs where id = $1", run_id)
    finally:
        await connection.close()
    nodes = sorted(node["id"] for node in HOLDING["nodes"])
    assert sorted(map(tuple, ledger)) == [(node, 1, "completed") for node in nodes]
    assert [event["seq"] for event in events] == list(range(1, last_seq + 1))
    ends = [event["path"] for event in events if event["type"] == "workflow.node.completed"]
    assert sorted(ends) == nodes
    assert sum(event["type"] == "workflow.run.completed" for event in events) == 1
