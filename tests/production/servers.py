"""PostgreSQL and Temporal as docker-compose.yml runs them, from Debian's packages and the Go module proxy."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from plait.dev.binary import find_temporal
from plait.dev.golang import GoProgram, build, kept_path, runs
from plait.dev.unprivileged import unprivileged_user
from tests.production.processes import Process, run_to_end, spawn

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

# As docker-compose.yml pins them; Temporal keeps its programs in `cmd` of one module.
TEMPORAL = "v1.29.1"
SERVER = GoProgram("temporal-server", "go.temporal.io/server/cmd/server", TEMPORAL)
SQL_TOOL = GoProgram("temporal-sql-tool", "go.temporal.io/server/cmd/tools/sql", TEMPORAL)


def postgres_binaries() -> Path:
    """The folder of a PostgreSQL that has btree_gin, which the embedded one lacks; skips where there is none."""
    if (found := installed_postgres()) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update"], check=False, capture_output=True)
        subprocess.run(["apt-get", "install", "--yes", "postgresql-15"], check=False, capture_output=True)
        found = installed_postgres()
    if found is None:
        pytest.skip("The production shape needs PostgreSQL with btree_gin: `apt-get install postgresql-15` as root.")
    return found


def installed_postgres() -> Path | None:
    """Debian's newest PostgreSQL."""
    homes = [path for path in Path("/usr/lib/postgresql").glob("*") if (path / "bin" / "postgres").exists()]
    extensions = Path("/usr/share/postgresql")
    usable = [path for path in homes if (extensions / path.name / "extension" / "btree_gin.control").exists()]
    return max(usable, key=lambda path: int(path.name)) / "bin" if usable else None


def temporal_programs(folder: Path) -> None:
    """Put the server, the SQL tool and the CLI into the folder, by the names that images have them by."""
    folder.mkdir()
    for program in (SERVER, SQL_TOOL):
        kept = kept_path(program, os.environ)
        if not runs(kept) and not build(program, os.environ, print):
            pytest.skip(f"{program.name} {program.version} could not be built from the Go module proxy.")
        (folder / program.name).symlink_to(kept)
    (folder / "temporal").symlink_to(find_temporal(os.environ, print))


def start_postgres(home: Path, port: int, command: list[str]) -> Process:
    """A new cluster with the access rules of the image: its socket is trusted, and passwords are for the network."""
    binaries = postgres_binaries()
    data = home / "data"
    home.mkdir()
    account = unprivileged_user() if os.geteuid() == 0 else None
    if account:
        os.chown(home, account.uid, account.gid)
    user = account.name if account else None
    # fmt: off
    run_to_end(
        [str(binaries / "initdb"), "--pgdata", str(data), "--username", "postgres", "--encoding", "UTF8",
         "--locale", "C.UTF-8", "--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-instructions"],
        {"PATH": os.defpath}, home, user=user,
    )
    places = ["-D", str(data), "-p", str(port), "-c", f"unix_socket_directories={home}", "-c", "fsync=off"]
    # fmt: on
    return spawn(
        "postgres", [str(binaries / command[0]), *command[1:], *places], {"PATH": os.defpath}, home.parent, user=user
    )


def free_range(length: int) -> int:
    """The first of so many TCP ports in a row that were free a moment ago."""
    for first in range(21000, 32000, length):
        try:
            for port in range(first, first + length):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")
