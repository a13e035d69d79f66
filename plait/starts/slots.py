"""The slot that a run has to hold: what its version says under `concurrency`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from interpreter.expressions import ExpressionError, Scope, evaluate
from interpreter.plan.model import Plan
from interpreter.plan.sites import expression_of
from interpreter.problems import Problem
from interpreter.values import canonical, digest
from plait.errors import Invalid
from plait.store.runs import Slot


def slot_for(plan: Plan, workflow_id: UUID, environment: str, names: Mapping[str, Any]) -> Slot | None:
    """The slot by the run's `input`, `vars` and `env`; None where the version has no limit.

    Raises Invalid where the key has no value for this input. The name is a hash: keys are data.
    """
    said = plan.document.concurrency
    if said is None:
        return None
    try:
        key = None if said.key is None else evaluate(expression_of(said.key), Scope(names))
    except ExpressionError as error:
        message = f"`concurrency.key` has no value for this input: {error}."
        problem = Problem("input_invalid", message, ("input",), fix="Send what it reads, or give it a default.")
        raise Invalid(message, code="input_invalid", problems=[problem]) from None
    return Slot(digest(canonical([str(workflow_id), environment, key])), said.limit, said.when_full)
