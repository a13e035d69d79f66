"""The main job, end to end, on real servers: what a newcomer runs first."""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

import plait
from plait.cli.output import AsJson, console, show_json, show_line
from plait.cli.remote import Remote, connected
from plait.cli.running.runs import show_run
from plait.cli.running.timeline import show_timeline
from plait.cli.serving.serve import DataDir, reporter, until_stopped
from plait.errors import NotReady


class Example(StrEnum):
    """An example that runs by itself: its folder, and the slug of its workflow."""

    INVOICES = "invoice-approval"
    CONTENT = "content-pipeline"


EXAMPLES = Path(plait.__file__).parents[1] / "examples"
MODULES = {Example.INVOICES: "invoice_tools", Example.CONTENT: "content_tools"}
"""The module with each example's tools."""


def demo(
    example: Annotated[Example, typer.Argument(help="Which example.")] = Example.INVOICES,
    data_dir: DataDir = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve the gate without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the embedded stack, run an example on its own data, and stop again. No key is needed for it."""
    from plait.dev.directory import default_directory
    from plait.dev.stack import Options, running_stack

    if not (EXAMPLES / example).is_dir():
        raise NotReady(
            "The demo needs the examples folder of a checkout: clone the repository and run `make demo` there."
        )
    directory = (data_dir or default_directory(Path.cwd(), os.environ) / "demo").resolve()
    offer_example(example, directory)

    async def serve() -> int:
        async with running_stack(Options(directory, *free_ports(3)), reporter(as_json=as_json)) as stack:
            return await in_thread(lambda: run_example(example, stack.url, yes=yes, as_json=as_json))

    code = until_stopped(serve())
    raise typer.Exit(130 if code is None else code)


async def in_thread(work: Callable[[], int]) -> int:
    """Like `asyncio.to_thread`, in a daemon thread: a question nobody answers must not hold up the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits for it any more
            loop.call_soon_threadsafe(lambda: done.cancelled() or settle())

    def run() -> None:
        try:
            code = work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
            tell(partial(done.set_exception, error))
        else:
            tell(partial(done.set_result, code))

    threading.Thread(target=run, name="demo", daemon=True).start()
    return await done


def run_example(example: Example, url: str, *, yes: bool, as_json: bool) -> int:
    """Save the workflow, run it, answer its gate, show what came of it. 0 when it completed."""
    with connected(url) as api:
        source = (EXAMPLES / example / "workflow.yaml").read_bytes()
        told = {"content-type": "application/yaml", "if-match": "*"}
        workflow = api.send("PUT", f"/workflows/{example}", content=source, headers=told)
        started = api.post(f"/workflows/{example}/run")
        if not as_json:
            console.print(
                f"\nSaved [bold]{workflow['slug']}[/] as version {workflow['version']}; started run [bold]{started['id']}[/].\n"
            )
        events = answered(api, started["id"], ask=not yes and not as_json and sys.stdin.isatty(), quiet=as_json)
        if as_json:
            for event in events:
                show_line(event)
        else:
            show_timeline(events)
        found = api.get(f"/workflow_runs/{started['id']}", include="nodes")
        show_json(found) if as_json else show_result(api, found)
    return 0 if found["status"] == "completed" else 1


def answered(api: Remote, run_id: str, *, ask: bool, quiet: bool) -> Iterator[dict[str, Any]]:
    """The run's events; a gate that opens is answered as it passes."""
    for event in api.events(run_id):
        yield event
        if event["type"] == "workflow.gate.opened":
            answer_gates(api, run_id, ask=ask, quiet=quiet)


def answer_gates(api: Remote, run_id: str, *, ask: bool, quiet: bool) -> None:
    """Decide every open gate of the run, by asking or by approving."""
    for listed in api.get("/gates", run_id=run_id, status="open")["items"]:
        gate = api.get(f"/gates/{listed['id']}")
        decision = "approved"
        if not quiet:
            console.print(f"\n  [bold yellow]{gate['title']}[/]")
            if gate["instructions"]:
                console.print(f"  {gate['instructions']}", markup=False)
            for shown in gate["show"]:
                lines = str(shown["value"]).splitlines()
                console.print("\n    ".join([f"  {shown['label']}:", *lines]), markup=False)
        if ask:
            decision = "approved" if typer.confirm("  Approve?", default=True) else "rejected"
        elif not quiet:
            console.print("  No terminal to ask, or --yes: approving by itself.\n")
        api.post(f"/gates/{gate['id']}/decisions", {"decision": decision, "comment": "decided in the demo"})


def show_result(api: Remote, found: dict[str, Any]) -> None:
    """The run, and where to look at it while the stack still runs."""
    console.print()
    show_run(found)
    console.print(f"\nThe run in the API:      {api.url}/api/v1/workflow_runs/{found['id']}")
    console.print(f"The run in Temporal:     {found['links']['temporal']}")
    console.print(f"Files it wrote:          {os.environ['PLAIT_FILES_DIR']}")
    console.print("Keep it running and look around: make dev\n")


def offer_example(example: Example, directory: Path) -> None:
    """Tell the worker, by its environment, of the example's tools and of a folder with its data."""
    folder = directory / "files"
    shutil.copytree(EXAMPLES / example / "data", folder, dirs_exist_ok=True)
    os.environ["PLAIT_FILES_DIR"] = str(folder)
    os.environ["PLAIT_TOOLS"] = MODULES[example]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(EXAMPLES / example), os.environ.get("PYTHONPATH"))))


def free_ports(count: int) -> list[int]:
    """Loopback ports that nothing listens on, so that a running `plait dev` is not in the way."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
