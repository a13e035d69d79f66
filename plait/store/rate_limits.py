"""Rate limits of providers of models, held over all workers: a row for each key."""

from dataclasses import dataclass

from plait.store.pool import Pool
from plait.store.sql import load

queries = load("rate_limits")


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a call has its place, and the seconds until then, or until it may ask again."""

    admitted: bool
    wait: float


NOW = Admission(admitted=True, wait=0.0)


async def admit(pool: Pool, bucket: str, requests: float, tokens: float, longest: float) -> Admission:
    """Take a place for one call that takes these seconds of the minute's requests and tokens, if it is near enough."""
    row = await pool.fetchrow(queries.admit, bucket, requests, tokens, longest)
    return NOW if row is None else Admission(row["admitted"], row["wait"])


async def correct(pool: Pool, bucket: str, tokens: float) -> None:
    """Count so many more seconds of the minute's tokens, or fewer."""
    await pool.execute(queries.correct, bucket, tokens)


async def hold(pool: Pool, bucket: str, seconds: float) -> None:
    """Have everybody with this key wait."""
    await pool.execute(queries.hold, bucket, seconds)
