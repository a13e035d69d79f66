"""The library that calls providers: loaded once, beside the loop, by a worker's first call or ahead of it.

With the libraries of all providers it takes seconds and a hundred megabytes, so a worker loads only those that it asks,
and ahead only those that it has keys for.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from threading import Lock
from types import ModuleType

from activities.models.providers import speaking
from activities.patience import patiently
from activities.services import Services
from plait.models import ProviderKind
from plait.process import keep_what_is_loaded
from plait.store.models import list_kinds

_loaded: dict[ProviderKind, ModuleType] = {}
_one_at_a_time = Lock()
"""Two threads that import what imports each other may see half of it."""


async def library_for(kind: ProviderKind) -> ModuleType:
    """`activities.models.calling`, once it can call providers of this kind."""
    if kind not in _loaded:
        _loaded[kind] = await asyncio.to_thread(_load, kind)
    return _loaded[kind]


@asynccontextmanager
async def loading_ahead(services: Services) -> AsyncIterator[None]:
    """While inside, what the worker can ask is loaded, so that no attempt of a node waits for it."""
    task = asyncio.create_task(_load_ahead(services), name="load providers")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def asked_here(services: Services) -> set[ProviderKind]:
    """The kinds of providers, of any project, that the worker has a key for, in whatever environment, or that want none."""
    every = await list_kinds(services.pool)
    every |= {(each.kind, each.secret) for each in services.models.defaults.providers.values()}
    return {kind for kind, secret in every if kind != "local" and _has(services.secrets, secret)}


def _has(secrets: Iterable[str], secret: str | None) -> bool:
    return secret is None or any(name == secret or name.endswith(f"_{secret}") for name in secrets)


async def _load_ahead(services: Services) -> None:
    for kind in await patiently(lambda: asked_here(services)):
        await library_for(kind)


def _load(kind: ProviderKind) -> ModuleType:
    with _one_at_a_time:
        speaking(kind)
        from activities.models import calling

        keep_what_is_loaded()
        return calling
