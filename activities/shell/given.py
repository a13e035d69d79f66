"""What a node is given: by its parameters, or inside of an agent by the turn that asked for it."""

from typing import Any

from activities.agents.calls import given_to_step
from activities.agents.turn import prepare
from activities.patience import patiently
from activities.shell.attempt import Attempt, names_for
from interpreter.expressions import Scope
from plait.store.tasks import RunFound


async def given_to(attempt: Attempt, found: RunFound) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values, and what of them people may see. Raises ExpressionError, NodeError."""
    if attempt.task.step == "turn":
        given = (await prepare(attempt, {}, found.uses)).shown
        return given, given
    if attempt.task.step is not None:
        given = await given_to_step(attempt.services, attempt.task, found.uses)
        return given, given
    parameters = attempt.parameters
    given = parameters.resolve(Scope(await patiently(lambda: names_for(attempt, found, parameters.wanted))))
    return given, parameters.shown(given)
