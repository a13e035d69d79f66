"""The node `code`: one run of its program."""

import keyword
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from activities.code.sandbox import Program
from activities.kind import NodeContext, NodeError
from interpreter.values import Json


async def run_code(context: NodeContext, given: dict[str, Any]) -> Json:
    """The value of the program's last expression, null if it ends with something else."""
    inputs = given.get("inputs") or {}
    if not are_names(inputs):
        message = "a key of `inputs` cannot be the name of a variable: use letters, digits and _"
        raise NodeError("InputsInvalid", message, category="input")
    program = Program(given["source"], inputs, datetime.fromisoformat(context.task.started_at), context.idempotency_key)
    return await context.services.sandbox.run(program)


def are_names(keys: Iterable[str]) -> bool:
    """Whether a program can have variables of these names."""
    return all(key.isidentifier() and not keyword.iskeyword(key) for key in keys)
