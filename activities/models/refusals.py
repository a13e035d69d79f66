"""What an attempt tells a model of the one before it: an answer that `accept` refused, and what it must hold."""

from uuid import UUID

import orjson

from activities.kind import NodeContext
from activities.models.messages import Message, assistant, user
from activities.patience import patiently
from plait.store.tasks import look_up

NOT_ACCEPTED = "NotAccepted"


async def refused_before(context: NodeContext) -> list[Message]:
    """The answer that was refused last, and why; nothing where none was."""
    accept = context.node.node.accept
    if context.attempt == 1 or accept is None:
        return []
    task = context.task
    own = [(task.path, task.generation)]
    found = await patiently(
        lambda: look_up(context.services.pool, task.project, UUID(task.run_id), own, with_input=False)
    )
    row = found.nodes.get(task.path) if found is not None else None
    if row is None or row.error is None or row.error["type"] != NOT_ACCEPTED:
        return []
    details = row.error.get("details") or {}
    wish = f"This was not accepted: of the output, this must be true: {accept}\nAnswer again so that it is."
    if "output" not in details:
        return [user(f"An answer was given before. {wish}")]
    output = details["output"]
    return [assistant(output if isinstance(output, str) else orjson.dumps(output).decode()), user(wish)]
