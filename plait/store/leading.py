"""Leadership: what one process does for all of them. It leads for as long as its connection lives."""

from enum import IntEnum

from plait.store.runs import Database
from plait.store.sql import load

queries = load("leading")


class Lead(IntEnum):
    """What is led, by the number of its advisory lock: none is another's, nor that of migrations."""

    RECONCILER = 0x706C61697401
    OPERATIONS = 0x706C61697402
    FEED = 0x706C61697403


async def take_lead(connection: Database, lead: Lead) -> bool:
    """Whether this connection leads, from now until it ends. Taking it again is harmless."""
    return await connection.fetchval(queries.take_lead, lead.value)
