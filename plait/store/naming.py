"""Editors of what has a name take turns."""

from plait.store.runs import Database
from plait.store.sql import load

queries = load("naming")


async def lock_name(db: Database, name: tuple[str, ...]) -> None:
    """Wait until nobody else edits what has this name; held until the transaction ends."""
    await db.execute(queries.lock_name, "\n".join(name))
