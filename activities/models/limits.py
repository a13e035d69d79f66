"""How often models are asked: as their providers allow, counted over all workers, and never while one wants to be left alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from activities.kind import NodeError
from activities.patience import patiently
from plait.models import Resolved
from plait.store.pool import Pool
from plait.store.rate_limits import admit, correct, hold

LONGEST_WAIT = 30.0
"""Seconds that an attempt waits for its turn; what takes longer, Temporal waits for."""
BRIEF_WAIT = 1.0
"""The same where another model could be asked."""
SEEN = 1.0
"""Seconds of waiting that people are told of."""
UNSAID = 2.0
"""Seconds for which a provider is left alone that is asked too often and does not say how long."""
LONGEST_HOLD = 600.0
"""More than that, one refusal holds nobody else up."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The place of one call among those of its key."""

    pool: Pool
    resolved: Resolved
    bucket: str
    tokens: int
    """What it was let through with."""

    async def take(self, *, longest: float, tell: Callable[[str], None]) -> None:
        """Wait for it, and tell people when that can be seen. Raises NodeError `RateLimited` when it takes longer."""
        limits = self.resolved.limits
        requests, tokens = _flow(limits.requests_per_minute, 1), _flow(limits.tokens_per_minute, self.tokens)
        found = await patiently(lambda: admit(self.pool, self.bucket, requests, tokens, longest))
        if not found.admitted:
            message = f"{self.resolved.provider} may be asked again in {found.wait:.0f} s: its limit is reached"
            raise NodeError("RateLimited", message, retryable=True, retry_after=found.wait)
        if found.wait > SEEN:
            tell(f"waits {found.wait:.0f} s for its turn with {self.resolved.provider}")
        if found.wait > 0:
            await asyncio.sleep(found.wait)

    async def took(self, tokens: int) -> None:
        """Say what it really took."""
        limit = self.resolved.limits.tokens_per_minute
        if limit is not None and (more := _flow(limit, tokens) - _flow(limit, self.tokens)):
            await patiently(lambda: correct(self.pool, self.bucket, more))

    async def refused(self, retry_after: float | None) -> None:
        """The provider was asked too often: everybody with its key waits."""
        seconds = min(UNSAID if retry_after is None else retry_after, LONGEST_HOLD)
        await patiently(lambda: hold(self.pool, self.bucket, seconds))


def bucket_of(resolved: Resolved, secret: str | None) -> str:
    """What is counted together: everything that is asked of one address under one key, by whatever project."""
    return f"{resolved.kind} {resolved.base_url or ''} {secret or ''}"


def _flow(limit: int | None, amount: int) -> float:
    """Seconds of a minute's flow; what is larger than all of it takes all of it."""
    return 0.0 if limit is None else min(amount / limit, 1.0) * 60.0
