"""Letting in the runs that wait for a slot, and beginning them: when one comes, when one ends, and by the sweeper."""

from temporalio.client import Client

from plait.auth import Actor
from plait.clock import now
from plait.delivery import cancel_run_workflow, start_run_workflow
from plait.starts import HEAD_START
from plait.store.delivery import list_orders
from plait.store.pool import Pool
from plait.store.slots import admit

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
