"""What every kind of node keeps to, ours or one to come."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from activities.catalogue import NODE_TYPES, kinds
from activities.tools.function import tool_of
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import TASK_FIELDS
from interpreter.values import canonical
from plait.egress import open_egress
from plait.sdk import tool
from plait.values.schema import Schema
from tests.support.asking import Asker
from tests.support.http_server import HttpServer
from tests.support.model_steps import says
from tests.support.nodes import Node

KINDS = sorted(kinds())


@tool(name="quick", idempotent=True)
async def quick(word: str) -> dict[str, str]:
    return {"word": word}


@tool(name="endless")
async def endless() -> None:
    await asyncio.sleep(3600)


@dataclass
class Case:
    """A kind with parameters that work at once, and some that would take for ever."""

    node: Node
    works: dict[str, Any]
    hangs: dict[str, Any]


@pytest.fixture
async def case(kind: str, http_server: HttpServer, asker: Asker) -> AsyncIterator[Case]:
    tools = ToolRegistry([found for each in (quick, endless) if (found := tool_of(each))])
    async with open_egress(http_server.address) as egress:
        node = Node(kind, egress=egress, tools=tools)
        match kind:
            case "tool_call":
                yield Case(node, {"tool": "quick", "args": {"word": "x"}}, {"tool": "endless"})
            case "http_request":
                yield Case(node, {"url": f"{http_server.url}/echo"}, {"url": f"{http_server.url}/slow/3600"})
            case "code":
                works = {"source": "word * 2", "inputs": {"word": "x"}}
                yield Case(node, works, {"source": "while True: pass"})
            case "llm":
                node.context = await asker.context()
                asker.server.when("slow", says("late").after(3600))
                asked = {"model": "acme:small", "prompt": "slow"}
                yield Case(node, {"model": "local:demo", "prompt": "x"}, asked)
            case _:
                pytest.fail(f"write a case for the new kind {kind}")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancelled_node_stops_at_once(case: Case) -> None:
    running = asyncio.create_task(case.node.run(case.hangs))
    await asyncio.sleep(0.1)
    running.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await running


@pytest.mark.parametrize("kind", KINDS)
async def test_the_output_is_json_and_fits_what_the_type_promises(case: Case) -> None:
    output = await case.node.run(case.works)
    canonical(output)
    promised = case.node.kind.node_type.output_schema
    assert promised is None or Schema(promised).accepts(output)


@pytest.mark.parametrize("kind", KINDS)
async def test_one_node_leaves_the_parameters_it_was_given_as_they_were(case: Case) -> None:
    before = canonical(case.works)
    await case.node.run(case.works)
    assert canonical(case.works) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_in_the_catalogue_with_a_bound_and_a_description(kind: str) -> None:
    node_type = NODE_TYPES[kind]
    assert kinds()[kind].node_type is node_type
    assert node_type.behaviour == "activity"
    assert 0 < node_type.timeout < 86400
    assert node_type.description
    assert set(TASK_FIELDS) <= set(node_type.fields)


def test_every_activity_type_has_a_kind_that_runs_it() -> None:
    assert {name for name, each in NODE_TYPES.items() if each.behaviour == "activity"} == set(KINDS)


@pytest.mark.parametrize("library", ["httpx2", "jsonschema_rs", "temporalio", "asyncpg", "pydantic_monty"])
def test_the_catalogue_is_listed_without_importing_what_the_kinds_need(library: str) -> None:
    code = f"import sys, activities.catalogue; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
