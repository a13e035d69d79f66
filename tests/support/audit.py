"""The auditor at the end of a test: all of a database against Temporal."""

from temporalio.client import Client

from plait.clock import now
from plait.store.pool import Pool, open_pool
from plait.verify import audit_runs
from tests.support.live import Live


async def audited(live: Live) -> None:
    """Fails with everything that Postgres and Temporal do not agree on."""
    await audited_pool(live.resources.pool, live.temporal)


async def audited_at(dsn: str, temporal: Client) -> None:
    """The same for a database at an address."""
    pool = await open_pool(dsn)
    try:
        await audited_pool(pool, temporal)
    finally:
        await pool.close()


async def audited_pool(pool: Pool, temporal: Client) -> None:
    """The same for a pool. An audit of no runs would prove nothing, so there have to be some."""
    audits = [found async for found in audit_runs(pool, temporal, None, now())]
    assert audits, "there is a run to audit"
    assert [finding for _, findings in audits for finding in findings] == []
