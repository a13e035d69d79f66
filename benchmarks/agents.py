"""An agent against the loop that one would write by hand with Temporal: a turn is an activity, a call is one."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
from temporalio import activity, workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.bench import Stage
from benchmarks.noop import noop
from benchmarks.shapes import TOOLS, Shape
from interpreter.shell.wire import TASK_QUEUE, WORKFLOW, RunInput, workflow_id
from plait.agents import ModelAgent, Used, Uses, hash_of
from plait.clock import new_id, now
from plait.store import catalogue

QUEUE = "bench-agents"
CALLS = 5
RUNS = 12
TASK = "Check the invoice."
MODEL = f"tools-{CALLS}"
AGENT = ModelAgent(model=f"bench:{MODEL}", tools=("noop",))
ATTEMPT = timedelta(minutes=5)


@dataclass(slots=True)
class Talk:
    """What a turn is asked, and where."""

    url: str
    messages: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ByHand:
    """The activities that one would write."""

    client: httpx2.AsyncClient

    @activity.defn(name="bench.turn")
    async def turn(self, talk: Talk) -> dict[str, Any]:
        """The model's next message."""
        tool = {"type": "function", "function": {"name": "noop", "parameters": {"type": "object", "properties": {}}}}
        asked = {"model": MODEL, "messages": talk.messages, "tools": [tool]}
        answer = await self.client.post(f"{talk.url}/chat/completions", json=asked)
        return answer.json()["choices"][0]["message"]

    @activity.defn(name="bench.call")
    async def call(self, identifier: str) -> dict[str, Any]:
        """What the tool gives, as the message that the model is told."""
        await noop()
        return {"role": "tool", "tool_call_id": identifier, "content": "null"}


@workflow.defn(name="bench.agent")
class AgentByHand:
    """Turns and calls until there is an answer; the conversation lies in the history."""

    @workflow.run
    async def run(self, url: str) -> str:
        messages: list[dict[str, Any]] = [{"role": "user", "content": TASK}]
        while True:
            said = await workflow.execute_activity_method(
                ByHand.turn, Talk(url, messages), start_to_close_timeout=ATTEMPT
            )
            messages.append(said)
            if "tool_calls" not in said:
                return said["content"]
            for call in said["tool_calls"]:
                told = await workflow.execute_activity_method(ByHand.call, call["id"], start_to_close_timeout=ATTEMPT)
                messages.append(told)


async def agents(stage: Stage, url: str) -> list[tuple[str, list[float]]]:
    """Milliseconds of a turn and its call, by hand and as an agent of Plait."""
    shape = Shape("agent", (("a",),), work={"type": "agent_call", "with": {"agent": "bench", "task": TASK}})
    workflow_row, definition, hashed = await stage.store(shape)
    worker = catalogue.Worker("bench", now(), {})
    await catalogue.publish(stage.pool, worker, {}, TOOLS.catalogue(), {"bench": AGENT}, now=now())
    uses = Uses(agents={"bench": Used("code", None, hash_of(AGENT))})
    by_hand = ByHand(stage.services.egress)
    found: dict[str, list[float]] = {"hand": [], "plait": []}
    async with Worker(
        stage.client,
        task_queue=QUEUE,
        workflows=[AgentByHand],
        activities=[by_hand.turn, by_hand.call],
        workflow_runner=UnsandboxedWorkflowRunner(),
        build_id="bench",
    ):
        for repetition in range(RUNS + 1):
            began = time.perf_counter()
            await stage.client.execute_workflow(AgentByHand.run, url, id=f"hand-{new_id()}", task_queue=QUEUE)
            between = time.perf_counter()
            await run_agent(stage, shape, (workflow_row, definition, hashed), uses)
            ended = time.perf_counter()
            if repetition:  # the first one warms up
                found["hand"].append((between - began) * 1000 / CALLS)
                found["plait"].append((ended - between) * 1000 / CALLS)
    return [
        ("an agent's turn and call, by hand", found["hand"]),
        ("an agent's turn and call, in Plait", found["plait"]),
    ]


async def run_agent(stage: Stage, shape: Shape, stored: tuple[UUID, str, str], uses: Uses) -> None:
    """One run, from its start to its result."""
    workflow_row, definition, hashed = stored
    run = await stage.insert_run(workflow_row, hashed, shape.nodes)
    await stage.pool.execute("update workflow_runs set uses = $2 where id = $1", run, uses.json())
    order = RunInput(str(run), "default", shape.name, definition, hashed, now().isoformat())
    handle = await stage.client.start_workflow(WORKFLOW, order, id=workflow_id(str(run)), task_queue=TASK_QUEUE)
    await handle.result()
    status = await stage.pool.fetchval("select status from workflow_runs where id = $1", run)
    assert status == "completed", f"the agent's run is {status}"
