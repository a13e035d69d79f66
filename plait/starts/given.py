"""What a start comes to before its run is written: the version, the input and its facts, the files it names."""

from typing import Any
from uuid import UUID

import orjson

from interpreter.messages import FactValue
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from interpreter.rules import FactTooLarge, facts_over
from plait.errors import Conflict, Invalid, NotFound
from plait.ids import uuid_of
from plait.store.runs import Target
from plait.values.variables import given, lacking

INPUT_LIMIT = 1024 * 1024
DEFAULT_ENVIRONMENT = "dev"


def startable(target: Target, *, version: int | None, environment: str) -> str:
    """The definition to execute. Raises Conflict or NotFound with the reason why there is none."""
    if not target.enabled:
        raise Conflict(f"The workflow {target.slug} is disabled; enable it to start runs.", code="workflow_disabled")
    if target.environment is None:
        message = f"There is no environment {environment}."
        raise Invalid(message, problems=[Problem("unknown_environment", message, ("environment",))])
    if target.definition is None and version is not None:
        raise NotFound(f"The workflow {target.slug} has no version {version}; the newest is {target.newest}.")
    if target.newest == 0:
        raise Conflict(f"The workflow {target.slug} has no version yet; publish its draft.", code="not_promoted")
    if target.definition is None:
        message = (
            f"No version of {target.slug} was promoted to {environment}; promote one, or say which `version` to run."
        )
        raise Conflict(message, code="not_promoted")
    return target.definition


def variables_of(plan: Plan, target: Target) -> dict[str, Any]:
    """What the document reads of its environment: as set there, else by default. Raises Invalid where it is neither."""
    declared = plan.document.env
    if problems := list(lacking(declared, target.variables, str(target.environment))):
        raise Invalid(problems[0].message, code="workflow_invalid", problems=problems)
    return given(declared, target.variables)


def refuse_size(value: Any) -> None:
    """Refuse an input that defaults made too large, or that holds a number no store takes."""
    try:
        size = len(orjson.dumps(value))
    except TypeError:
        message = "The input has an integer of more than 64 bits; send it as text."
        raise Invalid(message, code="input_invalid") from None
    if size > INPUT_LIMIT:
        message = "With its defaults the input is larger than 1 MiB."
        raise Invalid(message, code="too_large", limit_bytes=INPUT_LIMIT)


def input_facts(plan: Plan, value: Any) -> dict[str, FactValue]:
    """What the workflow itself will know of the input, by the facts' ids. Too much of it is the caller's mistake."""
    try:
        facts = facts_over(plan.given, {"vars": plan.document.vars, "input": value})
    except FactTooLarge as error:
        message = f"The workflow decides by the input, and {error}."
        raise Invalid(
            message, code="input_invalid", problems=[Problem("fact_too_large", message, ("input",))]
        ) from None
    return {str(fact): found for fact, found in facts.items()}


def files_in(value: Any) -> tuple[UUID, ...]:
    """The uploaded files that an input names as `{"$file": id}`, so that they stay as long as the run."""
    found: list[UUID] = []
    pending = [value]
    while pending:
        match pending.pop():
            case {"$file": str(name), **rest} if not rest and (identifier := uuid_of(name)):
                found.append(identifier)
            case dict() as members:
                pending.extend(members.values())
            case list() as items:
                pending.extend(items)
            case _:
                pass
    return tuple(found)
