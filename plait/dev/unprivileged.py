"""The user that Postgres runs as when Plait is started by root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from plait.errors import NotReady

NAME = "plait"


@dataclass(frozen=True, slots=True)
class User:
    """An unprivileged user of this system."""

    name: str
    uid: int
    gid: int


def unprivileged_user() -> User:
    """The system user `plait`, made if it is missing: without home, shell or password."""
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _add_user()
        entry = pwd.getpwnam(NAME)
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


def may_reach(path: Path, user: User) -> bool:
    """Whether the user can pass every folder above `path` and read `path` itself.

    It is asked of the kernel, by a child that is that user: access lists and mount options count too.
    """
    done = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", os.fspath(path)],
        check=False,
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
    )
    return done.returncode == 0


def _add_user() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        done = None
    if done is None or (done.returncode != 0 and not _exists()):
        raise NotReady(
            f"Postgres does not run as root, and the user {NAME!r} could not be made: "
            f"start Plait as another user, or make it with `{' '.join(command)}`."
        )


def _exists() -> bool:
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        return False
    return True
