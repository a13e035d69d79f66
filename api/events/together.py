"""What many ask for at once is fetched once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Together:
    """What is being fetched, for those who want the very same."""

    _under_way: dict[Hashable, asyncio.Task[Any]] = field(default_factory=dict)

    async def fetch(self, key: Hashable, fetch: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """What `fetch` gives: from the one of this key that is under way, or from one begun now."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(fetch())
            task.add_done_callback(lambda done: self._end(key, done))
        # Who leaves does not take it from the others.
        return await asyncio.shield(task)

    def _end(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # whoever waits gets it; if nobody does, nobody misses it
