"""Ended runs go into an archive, then out of the tables, and come back as they were."""

import gzip
import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from plait.archive import ArchiveFiles, Archiver, open_archive
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound, NotReady, Unavailable
from plait.settings import Settings
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.integration.archive.runs import LARGE, ended_run, everything, row_of
from tests.support.runs import a_run
from tests.support.s3 import BUCKET


async def archived(pool: Pool, run_id: UUID) -> bool:
    return (await row_of(pool, run_id))["purged_at"] is not None


async def test_a_run_whose_time_is_over_comes_back_as_it_was(
    pool: Pool, recorder: Recorder, archiver: Archiver
) -> None:
    run_id = await ended_run(pool, recorder)
    before = await everything(pool, run_id)
    assert {each["table"] for each in before} > {"workflow_runs", "node_runs", "run_events", "payload_chunks"}
    assert await archiver.archive_due() > 0
    row = await row_of(pool, run_id)
    assert (row["flags"], row["output"], row["output_ref"], row["status"]) == (["archived"], None, None, "completed")
    assert [each["table"] for each in await everything(pool, run_id)] == ["workflow_runs"]

    await pool.execute("delete from payloads")
    assert await archiver.restore_run("default", run_id)
    assert await everything(pool, run_id) == before
    assert (await row_of(pool, run_id))["flags"] == ["restored"]
    assert not await archiver.restore_run("default", run_id)


async def test_what_is_restored_is_not_told_to_the_feed_again(
    pool: Pool, recorder: Recorder, archiver: Archiver
) -> None:
    run_id = await ended_run(pool, recorder)
    await archiver.archive_due()
    await pool.execute("delete from feed_outbox")
    await archiver.restore_run("default", run_id)
    assert await pool.fetchval("select count(*) from feed_outbox") == 0
    await ended_run(pool, recorder)
    assert await pool.fetchval("select count(*) from feed_outbox") > 0


async def test_runs_are_kept_for_as_long_as_their_status_and_workflow_say(
    pool: Pool, recorder: Recorder, archiver: Archiver
) -> None:
    done, failed = [await ended_run(pool, recorder, status=each, days=1.5) for each in ("completed", "failed")]
    kept = await ended_run(pool, recorder, days=30)
    short = await ended_run(pool, recorder, status="failed", days=0.1)
    for run, seconds in ((kept, 90 * 86_400), (short, 3600)):
        await say_retention(pool, run, seconds)
    open_run = await a_run(pool, status="running")
    while await archiver.archive_due():
        pass
    assert [await archived(pool, each) for each in (done, failed, kept, short, open_run)] == [
        True, False, False, True, False,
    ]  # fmt: skip


async def say_retention(pool: Pool, run_id: UUID, seconds: int) -> None:
    """Have the newest version of the run's workflow say how long runs are kept."""
    workflow = (await row_of(pool, run_id))["workflow_id"]
    await pool.execute(
        "insert into workflow_versions (workflow_id, version, project, hash, plan_hash, definition, source, source_type,"
        " total_nodes, created_by, created_at) values ($1, 1, 'default', '', '', $2, '', '', 1, '{}', now())",
        workflow,
        orjson.dumps({"document": {"retention": seconds}}).decode(),
    )
    await pool.execute("update workflows set version = 1 where id = $1", workflow)


@pytest.mark.parametrize("relation", ["child", "parent"])
async def test_a_run_that_an_open_run_still_reads_stays(
    pool: Pool, recorder: Recorder, archiver: Archiver, relation: str
) -> None:
    run_id, other = await ended_run(pool, recorder), await a_run(pool, status="running")
    above, below = (run_id, other) if relation == "parent" else (other, run_id)
    await pool.execute("update workflow_runs set parent_run_id = $1 where id = $2", above, below)
    assert await archiver.archive_due() == 0
    await pool.execute("update workflow_runs set status = 'completed', completed_at = now() where id = $1", other)
    assert await archiver.archive_due() > 0
    assert await archived(pool, run_id)


async def test_a_manifest_says_where_each_run_lies_and_what_it_hashes_to(
    pool: Pool, recorder: Recorder, archiver: Archiver, folder: Path
) -> None:
    runs = {str(await ended_run(pool, recorder)) for _ in range(3)}
    await archiver.archive_due()
    [path] = folder.rglob("*.manifest.json")
    manifest = orjson.loads(path.read_bytes())
    content = (folder / manifest["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == manifest["sha256"]
    assert set(manifest["runs"]) == runs
    for run, place in manifest["runs"].items():
        member = content[place["start"] : place["start"] + place["length"]]
        assert hashlib.sha256(member).hexdigest() == place["sha256"]
        assert orjson.loads(gzip.decompress(member).splitlines()[0])["row"]["id"] == run
    assert LARGE.encode().hex() in gzip.decompress(content).decode()


async def test_a_restored_run_goes_again_after_a_week(pool: Pool, recorder: Recorder, archiver: Archiver) -> None:
    run_id = await ended_run(pool, recorder)
    await archiver.archive_due()
    await archiver.restore_run("default", run_id)
    assert await archiver.archive_due() == 0
    await pool.execute("update workflow_runs set restored_at = $1", now() - timedelta(days=8))
    assert await archiver.archive_due() == 1
    assert await archived(pool, run_id)
    assert await archiver.restore_run("default", run_id)


async def test_one_run_is_archived_by_hand(pool: Pool, recorder: Recorder, archiver: Archiver) -> None:
    run_id = await ended_run(pool, recorder, days=0)
    assert await archiver.archive_run("default", run_id)
    assert await archiver.archive_run("default", run_id)
    assert await archived(pool, run_id)
    await archiver.restore_run("default", run_id)
    assert await archiver.archive_run("default", run_id)
    assert await pool.fetchval("select count(*) from archives") == 1


async def test_a_live_run_and_one_of_another_project_are_not_archived(
    pool: Pool, recorder: Recorder, archiver: Archiver
) -> None:
    with pytest.raises(Conflict):
        await archiver.archive_run("default", await a_run(pool, status="running"))
    run_id = await ended_run(pool, recorder)
    for act in (archiver.archive_run, archiver.restore_run):
        with pytest.raises(NotFound):
            await act("other", run_id)
        with pytest.raises(NotFound):
            await act("default", new_id())


async def test_a_damaged_archive_restores_nothing(
    pool: Pool, recorder: Recorder, archiver: Archiver, folder: Path
) -> None:
    run_id = await ended_run(pool, recorder)
    await archiver.archive_due()
    [path] = folder.rglob("*.jsonl.gz")
    path.write_bytes(path.read_bytes()[:-9] + b"damaged!!")
    with pytest.raises(Invalid):
        await archiver.restore_run("default", run_id)
    path.unlink()
    with pytest.raises(NotFound):
        await archiver.restore_run("default", run_id)
    assert await archived(pool, run_id)


async def test_nothing_is_purged_where_the_archive_gives_back_something_else(
    pool: Pool, recorder: Recorder, archiver: Archiver, folder: Path
) -> None:
    run_id = await ended_run(pool, recorder)

    class Forgetful(ArchiveFiles):
        async def put(self, name: str, content: Path | bytes) -> None:
            await archiver.files.put(name, content if isinstance(content, bytes) else content.read_bytes()[:-1])

        async def sha256(self, name: str) -> str:
            return await archiver.files.sha256(name)

    forgetful = Archiver(pool, Forgetful.__new__(Forgetful), archiver.terms)
    with pytest.raises(Unavailable):
        await forgetful.archive_due()
    assert not await archived(pool, run_id)
    assert await pool.fetchval("select status from archives") == "writing"
    assert folder.exists()


async def test_archives_lie_in_a_store_that_speaks_s3(
    pool: Pool, recorder: Recorder, archiver: Archiver, s3_address: str
) -> None:
    settings = Settings(
        archive=f"s3://{BUCKET}/some/where",
        archive_endpoint=s3_address,
        archive_region="eu-central-1",
        archive_key_id="id",
        archive_secret_key="secret",  # pyright: ignore[reportArgumentType] - as a setting is read
    )
    files = open_archive(settings)
    assert files is not None
    archiver = Archiver(pool, files, archiver.terms)
    run_id = await ended_run(pool, recorder)
    before = await everything(pool, run_id)
    await archiver.archive_due()
    assert await archived(pool, run_id)
    assert await archiver.restore_run("default", run_id)
    assert await everything(pool, run_id) == before


async def test_an_archive_that_does_not_answer_is_waited_for(
    pool: Pool, recorder: Recorder, archiver: Archiver
) -> None:
    files = open_archive(Settings(archive="s3://runs", archive_endpoint="http://127.0.0.1:1"))
    assert files is not None
    run_id = await ended_run(pool, recorder)
    with pytest.raises(Unavailable):
        await Archiver(pool, files, archiver.terms).archive_due()
    assert not await archived(pool, run_id)


def test_a_place_that_cannot_be_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotReady, match="PLAIT_ARCHIVE"):
        open_archive(Settings(archive=str(tmp_path / "file" / "below")))
    assert open_archive(Settings()) is None
