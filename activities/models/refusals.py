"""What an attempt tells a model of one before it: an answer that `accept` refused, and what it must hold."""

from uuid import UUID

import orjson

from activities.kind import NodeContext
from activities.models.messages import Message, assistant, user
from activities.patience import patiently
from plait.store.tasks import find_failed_attempt

NOT_ACCEPTED = "NotAccepted"


async def refused_before(context: NodeContext) -> list[Message]:
    """The answer that was refused last, and why, whatever else has failed since; nothing where none was."""
    accept = context.node.node.accept
    if context.attempt == 1 or accept is None:
        return []
    pool, run_id = context.services.pool, UUID(context.run_id)
    error = await patiently(lambda: find_failed_attempt(pool, run_id, context.path, context.generation, NOT_ACCEPTED))
    if error is None:
        return []
    details = error.get("details") or {}
    wish = f"This was not accepted: of the output, this must be true: {accept}\nAnswer again so that it is."
    if "output" not in details:
        return [user(f"An answer was given before. {wish}")]
    output = details["output"]
    return [assistant(output if isinstance(output, str) else orjson.dumps(output).decode()), user(wish)]
