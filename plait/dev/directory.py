"""The data directory of the embedded stack: where it is, that it fits, and that it is ours alone."""

import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from plait.dev.unprivileged import may_reach, unprivileged_user
from plait.errors import NotReady

LAYOUT = "1"
"""The version of this directory's layout; another one is refused with the mend."""


def default_directory(here: Path, environment: Mapping[str, str]) -> Path:
    """`./.plait` in a checkout, else the state directory of the user.

    For root it is the system's, also where the checkout lies in a private folder: Postgres runs as
    an unprivileged user there, who must reach it.
    """
    root = os.geteuid() == 0
    if (here / "interpreter").is_dir() and (here / "pyproject.toml").is_file():
        if not root or may_reach(here, unprivileged_user()):
            return here / ".plait"
        return Path("/var/lib/plait") / hashlib.sha256(os.fsencode(here)).hexdigest()[:10]
    if root:
        return Path("/var/lib/plait")
    return Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "plait"


@contextmanager
def claimed(directory: Path) -> Iterator[Path]:
    """The directory, made if it is missing and held by a lock that dies with this process.

    Raises NotReady when another `plait dev` has it, or when its layout is of another version.
    """
    directory.mkdir(parents=True, exist_ok=True)
    version = directory / "LAYOUT"
    if version.exists() and (found := version.read_text().strip()) != LAYOUT:
        raise NotReady(
            f"{directory} was made by another version of Plait (layout {found}, this one is {LAYOUT}): "
            "name another with --data-dir, or move it away."
        )
    with (directory / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady(
                f"Another `plait dev` runs on {directory}: stop it, or name another with --data-dir."
            ) from None
        version.write_text(f"{LAYOUT}\n")
        yield directory


def require_free(port: int, option: str, what: str) -> None:
    """Raise NotReady, with the option that mends it, when something listens on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise NotReady(
                f"Port {port} for {what} is in use: stop what listens there, or choose another with {option}."
            ) from None


class Leftovers:
    """What an earlier start may have left running, remembered by process group."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def remember(self, groups: Mapping[str, int]) -> None:
        """Write down the process groups that run now, unless the directory was removed from under them."""
        unfinished = self._file.with_suffix(".new")
        with suppress(FileNotFoundError):
            unfinished.write_text(json.dumps(dict(groups)))
            unfinished.replace(self._file)

    def recall(self) -> dict[str, int]:
        """The groups of an earlier start that still have a process of ours, by name."""
        try:
            groups: dict[str, int] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return {name: group for name, group in groups.items() if is_ours(group, self._file.parent)}


def is_ours(group: int, directory: Path) -> bool:
    """Whether the group's leader still is a process that was started for this directory.

    A number is reused after a while, so the process must name the directory in its environment
    or its command line.
    """
    for source in ("environ", "cmdline"):
        try:
            if os.fsencode(directory) in Path(f"/proc/{group}/{source}").read_bytes():
                return True
        except OSError:
            continue
    return False
