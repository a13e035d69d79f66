"""Tells Temporal again of what was recorded and does not show. Any number of processes may do so at once."""

import asyncio
import logging
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from api.control.following import follow_pauses
from api.inbound.mailbox import sweep_mailbox
from api.resources import Resources
from api.upkeep.money import follow_budgets
from api.upkeep.schedules import sweep_schedules
from api.upkeep.telling import went_well
from plait.auth import Actor
from plait.clock import now
from plait.delivery import (
    cancel_run_workflow,
    signal_child,
    signal_command,
    signal_events,
    signal_override,
    signal_vote,
    start_run_workflow,
)
from plait.errors import Unavailable
from plait.starts.admission import let_in
from plait.store import children, evals, runs
from plait.store import delivery as store
from plait.store.commands import claim_commands, refuse_commands_of_ended
from plait.store.pool import is_outage
from plait.store.slots import list_waiting

log = logging.getLogger("plait.sweeper")
EVERY_SECONDS = 1.0
CANCELLED_LATELY = timedelta(days=1)
SWEEPER = Actor("system", "sweeper", "sweeper")


async def sweep_forever(held: Resources) -> None:
    """Sweep until cancelled; an outage of either server is waited out."""
    while True:
        try:
            await sweep_once(held)
        except (RPCError, Unavailable) as error:
            log.warning("the sweep broke off: %s", error)
        except Exception as error:
            if not is_outage(error):
                log.exception("the sweep failed")
        await asyncio.sleep(EVERY_SECONDS)


async def sweep_once(held: Resources) -> None:
    """One look at everything that may have to be told again.

    Nothing is claimed while Temporal is away: a claim puts off the next look.
    """
    client = await held.temporal.client()
    at = now()
    for slot in await list_waiting(held.pool):
        await went_well(let_in(held.pool, client, slot, open_mode=held.settings.open_mode))
    for order in await store.claim_starts(held.pool, at):
        if await went_well(start_run_workflow(client, order, open_mode=held.settings.open_mode, at=at)):
            await store.mark_handed_over(held.pool, [order.id])
    for run_id in await store.claim_cancels(held.pool, at):
        await went_well(cancel_run_workflow(client, run_id))
    await stop_stray(held, client)
    await sweep_signals(held, client)
    await sweep_schedules(held, client)
    await sweep_mailbox(held)
    await store.refuse_what_came_too_late(held.pool, at)
    await refuse_commands_of_ended(held.pool, at)


async def stop_stray(held: Resources, client: Client) -> None:
    """Sub-workflows end with the run that waits for them, also where that was terminated and could not say so; the
    runs of an evaluation end with it, when it was cancelled.
    """
    for reason, stray in (
        ("the run above it has ended", await children.list_orphans(held.pool)),
        ("the evaluation was cancelled", await evals.list_stray(held.pool, now() - CANCELLED_LATELY)),
    ):
        for run_id, project in stray:
            if await runs.cancel_run(held.pool, project, run_id, now(), reason, SWEEPER.json()):
                await went_well(cancel_run_workflow(client, run_id))


async def sweep_signals(held: Resources, client: Client) -> None:
    """Votes, overrides, commands, external events and ends of children that the workflow has not answered."""
    at = now()
    for vote_id, run_id in await store.claim_votes(held.pool, at):
        await went_well(signal_vote(client, run_id, vote_id))
    for override_id, run_id in await store.claim_overrides(held.pool, at):
        await went_well(signal_override(client, run_id, override_id))
    for command_id, run_id in await claim_commands(held.pool, at):
        await went_well(signal_command(client, run_id, command_id))
    for run_id, command_id in [*await follow_pauses(held), *await follow_budgets(held)]:
        await went_well(signal_command(client, run_id, command_id))
    for run_id, events in (await store.claim_events(held.pool, at)).items():
        await went_well(signal_events(client, run_id, events))
    for parent in await children.claim_ended(held.pool, at):
        await went_well(signal_child(client, parent.run_id, parent.path, parent.generation))
