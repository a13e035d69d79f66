"""What the embedded Postgres promises: private, restartable, and one sentence when it cannot start."""

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from plait.dev.postgres import APP_ROLE, EmbeddedPostgres
from plait.errors import NotReady
from tests.support.postgres import FAST


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory with a space in its name, which Postgres's own user may pass."""
    directory = Path(tempfile.mkdtemp(prefix="plait test "))
    directory.chmod(0o711)
    yield directory / "postgres"
    shutil.rmtree(EmbeddedPostgres(directory / "postgres").socket_directory, ignore_errors=True)
    shutil.rmtree(directory)


async def test_it_comes_back_with_what_it_had_also_after_a_kill(home: Path) -> None:
    server = EmbeddedPostgres(home, settings=FAST)
    async with server:
        owner = await asyncpg.connect(server.owner_dsn)
        await owner.execute("create table kept (id integer); insert into kept values (7)")
        await owner.close()
        await server.stop(signal.SIGKILL)
    async with EmbeddedPostgres(home, settings=FAST) as again:
        owner = await asyncpg.connect(again.owner_dsn)
        assert await owner.fetchval("select id from kept") == 7
        await owner.close()


async def test_nobody_but_its_user_reaches_data_password_or_socket(home: Path) -> None:
    async with EmbeddedPostgres(home) as server:
        for directory in (server.home, server.data, server.socket_directory):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((home / f"{APP_ROLE}.password").stat().st_mode) == 0o600
        connection = await asyncpg.connect(server.app_dsn)
        assert await connection.fetchval("show listen_addresses") == ""
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.app_dsn, password="wrong")


async def test_the_path_of_its_socket_is_short_however_long_its_home(home: Path) -> None:
    server = EmbeddedPostgres(home / ("x" * 90) / ("y" * 90))
    assert len(os.fsencode(server.socket_directory / ".s.PGSQL.5432")) < 104


def test_a_directory_of_another_version_is_refused_with_the_mend(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.prepare()
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(NotReady, match="made by Postgres 16 and this Plait runs 18: use another data directory"):
        server.prepare()


def test_a_start_that_was_killed_half_way_is_begun_anew(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.prepare()
    server.data.rename(home / "data.new")
    (home / "data.new" / "PG_VERSION").unlink()
    server.prepare()
    assert (server.data / "PG_VERSION").read_text() == "18\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_root_is_told_when_the_servers_user_cannot_reach_the_directory() -> None:
    with tempfile.TemporaryDirectory(prefix="plait-test-") as directory:  # closed to all others
        with pytest.raises(NotReady, match=r"cannot reach .* use a data directory outside of private folders"):
            EmbeddedPostgres(Path(directory) / "postgres").prepare()
        assert stat.S_IMODE(Path(directory).stat().st_mode) == 0o700
