"""The node `tool_call`: what goes into a tool, and what its failures become."""

from pathlib import Path
from typing import Any

import pytest

from activities.kind import NodeError
from activities.tools.function import ToolFunction, tool_of
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Tool
from interpreter.values import Json
from plait.sdk import ToolContext, ToolError, tool
from tests.support.nodes import RUN, Node


def the_tool(function: Any) -> ToolFunction:
    found = tool_of(function)
    assert found is not None
    return found


async def run(function: Any, args: dict[str, Any] | None = None, *, recorded: Tool | None = None, **more: Any) -> Json:
    """Call the function as a node whose plan recorded it as it is, or as `recorded`."""
    found = the_tool(function)
    node = Node("tool_call", tools=ToolRegistry([found]), recorded_tool=recorded or found.entry, **more)
    return await node.run({"tool": found.entry.name, **({} if args is None else {"args": args})})


async def failure(function: Any, args: dict[str, Any] | None = None, **more: Any) -> NodeError:
    with pytest.raises(NodeError) as failed:
        await run(function, args, **more)
    return failed.value


async def test_the_output_is_the_tools_result() -> None:
    @tool
    def add(a: int, b: int) -> int:
        return a + b

    assert await run(add, {"a": 2, "b": 3}) == 5


async def test_a_tool_without_arguments_needs_no_args() -> None:
    @tool
    def ping() -> str:
        return "pong"

    assert await run(ping) == "pong"


async def test_the_context_names_the_run_the_node_and_its_files(tmp_path: Path) -> None:
    @tool
    def about(ctx: ToolContext) -> list[str]:
        return [ctx.run_id, ctx.path, ctx.idempotency_key, str(ctx.files.root)]

    assert await run(about, files_dir=tmp_path) == [RUN, "node", f"{RUN}/node/1", str(tmp_path)]


async def test_a_heartbeat_from_a_thread_reaches_the_node() -> None:
    @tool
    def steps(ctx: ToolContext) -> None:
        ctx.heartbeat(0.5, "half way")

    node = Node("tool_call", tools=ToolRegistry([the_tool(steps)]))
    await node.run({"tool": "steps"})
    assert node.heartbeats == [(0.5, "half way")]


async def test_wrong_arguments_are_an_error_of_the_input_that_is_not_retried() -> None:
    @tool
    def add(a: int) -> int:
        return a

    error = await failure(add, {"a": "hunter2", "c": 1})
    assert (error.type, error.category, error.retryable) == ("ArgumentsInvalid", "input", False)
    assert len(error.details["problems"]) == 2
    assert "hunter2" not in str(error.details) + error.message


async def test_arguments_that_fit_the_saved_version_but_not_the_tool_of_today_are_tool_changed() -> None:
    @tool
    def send(text: str, to: str) -> None: ...

    then = Tool(name="send", parameters={"type": "object", "properties": {"text": {"type": "string"}}})
    error = await failure(send, {"text": "hello"}, recorded=then)
    assert (error.type, error.retryable) == ("ToolChanged", False)
    assert "to" in error.message


async def test_what_a_tool_says_of_its_failure_is_the_nodes_failure() -> None:
    @tool
    def buy() -> None:
        raise ToolError(
            "sold out", type="SoldOut", category="business", retryable=True, retry_after=9.0, details={"left": 0}
        )

    error = await failure(buy)
    said = (error.type, error.message, error.category, error.retryable, error.retry_after, error.details)
    assert said == ("SoldOut", "sold out", "business", True, 9.0, {"left": 0})


async def test_any_other_exception_comes_through_for_the_shell_to_judge() -> None:
    @tool
    def divide() -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        await run(divide)


async def test_a_result_that_is_not_what_was_declared_fails_the_node() -> None:
    @tool
    def count() -> int:
        return "many"  # type: ignore[return-value]

    assert (await failure(count)).type == "ToolOutputInvalid"


async def test_templates_in_arguments_are_only_text() -> None:
    @tool
    def echo(text: str) -> str:
        return text

    assert await run(echo, {"text": "{{ secrets.KEY }} ${x}"}) == "{{ secrets.KEY }} ${x}"


async def test_a_schema_of_the_plan_that_leads_elsewhere_is_never_fetched() -> None:
    @tool
    def echo(text: str) -> str:
        return text

    recorded = Tool(name="echo", parameters={"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(ValueError, match="leads out of it"):
        await run(echo, {"text": "x"}, recorded=recorded)
