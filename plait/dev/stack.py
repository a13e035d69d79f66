"""The embedded stack: which programs it is made of, in which order they start, and how they end."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from plait.dev.binary import find_temporal
from plait.dev.child import Child, Program, kill_group
from plait.dev.directory import Leftovers, claimed, require_free
from plait.dev.keys import find_keys
from plait.dev.postgres import EmbeddedPostgres
from plait.dev.temporal import server_command, wait_until_up
from plait.errors import NotReady
from plait.settings import Settings
from plait.store import migrate
from plait.temporal import connect, prepare_namespace

Report = Callable[[str], None]

LEFTOVER_SECONDS = 10.0
"""How long a process that was killed may take to be gone."""
SERVICE_GRACE = 15.0
"""More than the worker gives what it has in flight, so that it can say how that ended."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a start of the stack may choose. `ui_port` None leaves Temporal's Web UI out."""

    directory: Path
    port: int = 8000
    temporal_port: int = 7233
    ui_port: int | None = 8233


@dataclass(frozen=True, slots=True)
class Stack:
    """The running stack, and where to find it. `models` says what its aliases of models stand for."""

    options: Options
    children: Mapping[str, Child]
    models: str

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.options.port}"

    @property
    def ui_url(self) -> str | None:
        """Where Temporal's Web UI answers."""
        return None if self.options.ui_port is None else f"http://127.0.0.1:{self.options.ui_port}"


@asynccontextmanager
async def running_stack(options: Options, report: Report) -> AsyncIterator[Stack]:
    """Postgres, Temporal, the schema, worker and API, for as long as the block runs.

    Each starts when what it needs answers, is started again when it ends, and is gone afterwards.
    Raises NotReady with the mend when a port is taken, a binary is missing or the directory is not ours.
    """
    with claimed(options.directory) as directory:
        leftovers = Leftovers(directory / "processes.json")
        await end_all(leftovers, report)
        require_ports(options)
        binary = await found_temporal(report)
        logs = directory / "logs"
        logs.mkdir(exist_ok=True)
        postgres = EmbeddedPostgres(directory / "postgres")
        async with AsyncExitStack() as running:
            children: dict[str, Child] = {}

            def remember() -> None:
                leftovers.remember({name: child.group for name, child in children.items() if child.group})

            async def start(program: Program) -> None:
                children[program.name] = child = Child(program, report, remember)
                await child.start()
                running.push_async_callback(child.stop)

            report(f"starting Postgres and Temporal in {directory}")
            await asyncio.to_thread(postgres.prepare)
            await start(postgres_program(postgres, logs))
            await start(temporal_program(options, binary, directory, logs))
            await postgres.wait_ready()
            await postgres.provision()
            for name in await migrate.up(postgres.owner_dsn):
                report(f"schema: applied {name}")
            await wait_until_up(f"127.0.0.1:{options.temporal_port}")
            environment = service_environment(options, postgres, directory)
            await prepare_temporal(environment)
            models = find_keys(os.environ)
            report(f"models: {models.sentence}")
            environment |= models.settings
            report("starting the worker and the API")
            await start(service_program("worker", ("worker", "--combined"), {**environment, **models.secrets}, logs))
            await start(service_program("api", ("api",), environment, logs))
            await wait_until_ready(f"http://127.0.0.1:{options.port}/readyz", logs / "api.log")
            yield Stack(options, children, models.sentence)
            report("stopping")


async def end_all(leftovers: Leftovers, report: Report) -> None:
    """End what an earlier start left running; its ports are free again once it is gone."""
    for name, group in leftovers.recall().items():
        report(f"{name} of an earlier start still runs; ending it")
        kill_group(group)
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while left := leftovers.recall():
        if time.monotonic() > deadline:
            raise NotReady(f"{', '.join(left)} of an earlier start cannot be ended: end process {min(left.values())}.")
        await asyncio.sleep(0.02)


class Stopped(Exception):
    """Nobody waits for this any more."""


async def found_temporal(report: Report) -> Path:
    """The binary. A task that is cancelled meanwhile ends the search at its next step."""
    stopped = threading.Event()

    def say(sentence: str) -> None:
        if stopped.is_set():
            raise Stopped
        report(sentence)

    try:
        return await asyncio.to_thread(find_temporal, os.environ, say)
    except asyncio.CancelledError:
        stopped.set()
        raise


def require_ports(options: Options) -> None:
    """Raise NotReady, with the option that mends it, when a port of the stack is taken."""
    require_free(options.port, "--port", "the API")
    require_free(options.temporal_port, "--temporal-port", "Temporal")
    if options.ui_port is not None:
        require_free(options.ui_port, "--ui-port", "Temporal's Web UI")


def postgres_program(postgres: EmbeddedPostgres, logs: Path) -> Program:
    """Postgres ends fast on SIGINT; its children end with it."""
    return Program(
        name="postgres",
        command=tuple(postgres.command()),
        environment=postgres.environment(),
        log=logs / "postgres.log",
        user=postgres.user,
        stop=signal.SIGINT,
        on_orphaned=signal.SIGINT,
        before=postgres.prepare,
    )


def temporal_program(options: Options, binary: Path, directory: Path, logs: Path) -> Program:
    """Temporal's dev server on its own database file."""
    command = server_command(
        binary, port=options.temporal_port, ui_port=options.ui_port, database=directory / "temporal.db"
    )
    return Program("temporal", tuple(command), os.environ, logs / "temporal.log")


def service_environment(options: Options, postgres: EmbeddedPostgres, directory: Path) -> dict[str, str]:
    """What worker and API are told; what the user has set of the rest stays."""
    files = os.environ.get("PLAIT_FILES_DIR") or str(directory / "files")
    Path(files).mkdir(parents=True, exist_ok=True)
    told = {
        "PLAIT_DATABASE_URL": postgres.app_dsn,
        "PLAIT_TEMPORAL_ADDRESS": f"127.0.0.1:{options.temporal_port}",
        "PLAIT_HOST": "127.0.0.1",
        "PLAIT_PORT": str(options.port),
        "PLAIT_FILES_DIR": files,
        "PLAIT_ARCHIVE": os.environ.get("PLAIT_ARCHIVE") or str(directory / "archive"),
        "PLAIT_DATA_DIR": str(directory),  # marks the process as this directory's
    }
    if options.ui_port is not None:
        told["PLAIT_TEMPORAL_UI_URL"] = f"http://127.0.0.1:{options.ui_port}"
    return {**os.environ, **told}


def service_program(name: str, command: tuple[str, ...], environment: Mapping[str, str], logs: Path) -> Program:
    """A process of Plait's own, started by this interpreter, so that it is the same installation."""
    return Program(
        name,
        (sys.executable, "-m", "plait.cli", *command),
        environment,
        logs / f"{name}.log",
        grace=SERVICE_GRACE,
    )


async def prepare_temporal(environment: Mapping[str, str]) -> None:
    """Search attributes and retention, before the first run starts."""
    client = await connect(Settings(temporal_address=environment["PLAIT_TEMPORAL_ADDRESS"]))
    await prepare_namespace(client)


async def wait_until_ready(url: str, log: Path, *, timeout: float = 60.0) -> None:  # noqa: ASYNC109 - says how long it waited
    """Return once the API says that it is ready. Raises NotReady after `timeout` seconds."""

    def ready() -> bool:
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
                return answer.status == 200
        except OSError:
            return False

    try:
        async with asyncio.timeout(timeout):
            while not await asyncio.to_thread(ready):  # noqa: ASYNC110 - another process gets ready
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise NotReady(f"The API was not ready within {timeout:g} s; {log} says why.") from None
