"""Effects as the other side saw them, against the ledger: each key once, and a record behind it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from uuid import UUID

from plait.ids import uuid_of
from plait.store.pool import Pool
from plait.store.verify import list_keys
from plait.verify.findings import Finding


async def audit_effects(pool: Pool, keys: Iterable[str]) -> list[Finding]:
    """What is wrong with the idempotency keys that a receiver has acted on, each `{run}/{path}/{generation}`.

    A receiver that honours the key acts on each once, however often it was sent.
    """
    counted = Counter(keys)
    parts = {key: _parts(key) for key in counted}
    known = {
        f"{run}/{path}/{generation}"
        for run, path, generation in await list_keys(pool, [part for part in parts.values() if part is not None])
    }
    return list(_wrong(counted, known))


def _wrong(counted: Counter[str], known: set[str]) -> Iterator[Finding]:
    for key, times in counted.items():
        run, _, rest = key.partition("/")
        if key not in known:
            yield Finding(run, "effect", "an effect of a node that has no record", rest.rpartition("/")[0] or None)
        elif times > 1:
            yield Finding(run, "effect", f"its effect happened {times} times", rest.rpartition("/")[0])


def _parts(key: str) -> tuple[UUID, str, int] | None:
    run, _, rest = key.partition("/")
    path, _, generation = rest.rpartition("/")
    known = uuid_of(run)
    return (known, path, int(generation)) if known and generation.isdigit() and len(generation) < 9 else None
