"""How tools are found, and how they are called."""

import asyncio
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

import activities.tools
from activities.kind import NodeError
from activities.tools.context import ToolContext
from activities.tools.failures import ArgumentsRefused
from activities.tools.files import Files
from activities.tools.function import ToolFunction, tool_of
from activities.tools.registry import ToolRegistry
from plait.errors import NotReady
from plait.sdk import tool

WHERE: ContextVar[str] = ContextVar("where", default="nowhere")


@dataclass
class Point:
    x: int
    on: date


def a_registry(*functions: Any) -> ToolRegistry:
    found = [tool_of(function) for function in functions]
    return ToolRegistry([each for each in found if isinstance(each, ToolFunction)])


def a_context() -> ToolContext:
    return ToolContext(
        "run",
        "node",
        "dev",
        "run/node/1",
        Files(Path("/nonexistent")),
        lambda *_, **__: None,
        lambda: False,
        lambda *_, **__: None,
        httpx2.AsyncClient(),
    )


async def test_arguments_arrive_as_the_types_that_were_declared() -> None:
    @tool
    def shift(point: Point, by: int = 1) -> Point:
        return Point(point.x + by, point.on)

    result = await a_registry(shift).call("shift", {"point": {"x": 2, "on": "2026-01-31"}}, a_context())
    assert result == {"x": 3, "on": "2026-01-31"}


async def test_a_number_without_a_fraction_is_a_whole_number() -> None:
    @tool
    def kind(n: int) -> str:
        return type(n).__name__

    assert await a_registry(kind).call("kind", {"n": 7.0}, a_context()) == "int"


async def test_wrong_arguments_are_refused_all_at_once_and_without_their_values() -> None:
    @tool
    def pay(amount: float, to: str) -> None: ...

    with pytest.raises(ArgumentsRefused) as refused:
        await a_registry(pay).call("pay", {"amount": "hunter2", "note": 1}, a_context())
    assert len(refused.value.violations) == 3
    assert "hunter2" not in str(refused.value)


async def test_a_tool_that_this_process_lacks_may_be_found_by_another() -> None:
    with pytest.raises(NodeError, match="nothing_like_it") as failed:
        await a_registry().call("nothing_like_it", {}, a_context())
    assert (failed.value.type, failed.value.retryable) == ("ToolNotRunning", True)


async def test_the_context_is_injected() -> None:
    @tool
    def key(ctx: ToolContext) -> str:
        return ctx.idempotency_key

    assert await a_registry(key).call("key", {}, a_context()) == "run/node/1"


async def test_a_def_tool_runs_in_a_thread_with_the_callers_context() -> None:
    @tool
    def where() -> list[str]:
        return [threading.current_thread().name, WHERE.get()]

    token = WHERE.set("here")
    thread, context = await a_registry(where).call("where", {}, a_context())  # type: ignore[misc]
    WHERE.reset(token)
    assert str(thread).startswith("tool")
    assert context == "here"


async def test_an_async_tool_runs_in_the_event_loop() -> None:
    @tool
    async def where() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    assert await a_registry(where).call("where", {}, a_context()) == threading.current_thread().name


async def test_an_async_tool_that_blocks_the_loop_is_told_of_by_name(caplog: pytest.LogCaptureFixture) -> None:
    @tool
    async def greedy() -> None:
        await asyncio.sleep(0)
        time.sleep(0.6)

    await a_registry(greedy).call("greedy", {}, a_context())
    assert "tool greedy blocked the event loop for 0.6 s" in caplog.text


async def test_an_async_tool_that_only_waits_is_not_told_of(caplog: pytest.LogCaptureFixture) -> None:
    @tool
    async def patient() -> None:
        await asyncio.sleep(0.6)

    await a_registry(patient).call("patient", {}, a_context())
    assert "blocked" not in caplog.text


async def test_a_cancelled_async_tool_gets_the_cancellation() -> None:
    ended: list[str] = []

    @tool
    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cleaned up")

    call = asyncio.create_task(a_registry(endless).call("endless", {}, a_context()))
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert ended == ["cleaned up"]


async def test_an_exception_of_an_async_tool_can_be_handled_inside_it() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError

    @tool
    async def brave() -> str:
        try:
            await asyncio.wait_for(fails(), 1)
        except ValueError:
            return "handled"
        return "no"

    assert await a_registry(brave).call("brave", {}, a_context()) == "handled"


def test_the_builtin_tools_are_found_by_their_entry_point() -> None:
    assert {"read_csv", "write_csv", "read_json", "write_json", "read_text", "write_text", "render_text"} <= set(
        ToolRegistry.load().catalogue()
    )


def test_a_tool_of_ones_own_takes_the_place_of_a_built_in_one() -> None:
    @tool
    def web_search(query: str) -> str:
        return query

    built_in = tool_of(activities.tools.web_search)
    assert built_in is not None
    tools = ToolRegistry([built_in])
    for found in (web_search, built_in):
        tools.add(tool_of(found) or built_in)
    assert set(tools.catalogue()["web_search"].parameters["properties"]) == {"query"}


def test_two_tools_of_one_name_are_refused() -> None:
    def make(word: str) -> Any:
        @tool
        def twin() -> str:
            return word

        return twin

    with pytest.raises(NotReady, match="two tools are called twin"):
        a_registry(make("a"), make("b"))


@pytest.mark.parametrize("module", ["api", "worker.main", "activities", "interpreter.plan", "plait.sdk"])
def test_a_module_of_plaits_own_is_refused_as_tools(module: str) -> None:
    with pytest.raises(NotReady, match="Plait's own"):
        ToolRegistry.load(module)


def test_a_module_that_does_not_exist_is_one_sentence() -> None:
    with pytest.raises(NotReady, match="no_such_tools cannot be imported: ModuleNotFoundError"):
        ToolRegistry.load("no_such_tools")


def test_a_module_that_fails_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_tools.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(NotReady, match="broken_tools cannot be imported: ZeroDivisionError") as refused:
        ToolRegistry.load("broken_tools")
    assert "\n" not in str(refused.value)


def load_in(folder: Path, modules: str) -> subprocess.CompletedProcess[str]:
    """Load tools in a process whose working directory is the folder."""
    code = f"from activities.tools.registry import ToolRegistry as R; print(sorted(R.load({modules!r}).catalogue()))"
    return subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_module_in_the_working_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "my_tools.py").write_text(
        "from plait.sdk import tool\n@tool\ndef greet(name: str) -> str: return name\n"
    )
    assert "'greet'" in load_in(tmp_path, "my_tools").stdout


def test_a_file_in_the_working_directory_does_not_hide_a_package(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('hidden')\n")
    (tmp_path / "my_tools.py").write_text("import json\n")
    assert load_in(tmp_path, "my_tools").returncode == 0


def test_a_module_that_hides_one_of_plaits_packages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from activities.tools.registry import ToolRegistry as R; R.load()"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "hides Plait's package worker" in ran.stderr
