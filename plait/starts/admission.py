"""Letting in the runs that wait for a slot, and beginning them: when one comes, when one ends, and by the sweeper."""

from uuid import UUID

from temporalio.client import Client

from plait.auth import Actor
from plait.clock import now
from plait.delivery import cancel_run_workflow, start_run_workflow
from plait.starts.write import HEAD_START
from plait.store.delivery import list_orders
from plait.store.pool import Pool
from plait.store.slots import admit, slot_of

DOORKEEPER = Actor("system", "concurrency", "concurrency")


async def let_in(pool: Pool, client: Client, slot: str, *, open_mode: bool) -> None:
    """Begin what the slot has room for, and cancel what newer runs displace.

    Raises RPCError where Temporal does not answer: the rows say what is due, and the sweeper does it.
    """
    at = now()
    admission = await admit(pool, slot, at, HEAD_START, DOORKEEPER.json())
    for order in await list_orders(pool, admission.begin):
        await start_run_workflow(client, order, open_mode=open_mode, at=at)
    for run_id in admission.cancel:
        await cancel_run_workflow(client, run_id)


async def begin_run(pool: Pool, client: Client, run_id: UUID, *, open_mode: bool) -> None:
    """Begin a run that is due, or let it in as soon as its slot has room. Raises RPCError as `let_in` does."""
    if (slot := await slot_of(pool, run_id)) is not None:
        await let_in(pool, client, slot, open_mode=open_mode)
        return
    for order in await list_orders(pool, [run_id]):
        await start_run_workflow(client, order, open_mode=open_mode, at=now())
