"""Asking one model: its key, its turn, its library."""

from dataclasses import dataclass
from types import ModuleType
from typing import Self

from activities.kind import NodeContext, NodeError
from activities.models import demo
from activities.models.library import library_for
from activities.models.limits import Turn, bucket_of
from activities.models.media import Media
from activities.models.request import ModelRequest, Said
from activities.patience import patiently
from plait.models import Resolved, UnknownModel, resolve
from plait.settings import SECRET_PREFIX, secrets_for


@dataclass(frozen=True, slots=True)
class Asking:
    """A model that can be asked now, by one attempt."""

    context: NodeContext
    resolved: Resolved
    key: str | None
    bucket: str
    media: Media
    longest: float
    """Seconds that it waits for its turn at most."""
    library: ModuleType | None
    """What calls it; None for the local model."""

    @classmethod
    async def of(cls, context: NodeContext, reference: str, media: Media, *, longest: float) -> Self:
        """The model behind a reference. Raises NodeError `ModelUnknown`, or `ModelAuth` where its key is not here."""
        services, task = context.services, context.task
        try:
            known = await patiently(lambda: services.models.of(task.project))
            resolved = resolve(context.uses.model(reference), known)
        except UnknownModel as error:
            raise NodeError("ModelUnknown", str(error), category="input") from None
        key = None
        if resolved.secret is not None:
            key = secrets_for(task.environment, services.secrets).get(resolved.secret)
            if key is None:
                raise _no_key(resolved)
        own = key is not None and key != services.secrets.get(resolved.secret or "")
        bucket = bucket_of(resolved, f"{task.environment} {resolved.secret}" if own else resolved.secret)
        # Before money is put aside: an attempt that ends while it loads owes none.
        library = None if resolved.kind == "local" else await library_for(resolved.kind)
        return cls(context, resolved, key, bucket, media, longest, library)

    async def call(self, request: ModelRequest, tokens: int) -> Said:
        """One call, in its turn. Raises NodeError."""
        say = self.context.stream.say
        if self.library is None:
            return await demo.answer(request, say)
        turn = Turn(self.context.services.pool, self.resolved, self.bucket, tokens)
        await turn.take(longest=self.longest, tell=lambda said: self.context.heartbeat(message=said))
        egress = self.context.services.egress
        try:
            said: Said = await self.library.call(egress, self.resolved, self.key, request, self.media, say)
        except NodeError as error:
            if error.type == "RateLimited" or error.retry_after is not None:
                await turn.refused(error.retry_after)
            raise
        await turn.took(said.usage.tokens)
        return said


def _no_key(resolved: Resolved) -> NodeError:
    message = (
        f"the worker has no key for {resolved.provider}: give it the secret {resolved.secret}"
        f" as {SECRET_PREFIX}{resolved.secret}"
    )
    return NodeError("ModelAuth", message, category="input")
