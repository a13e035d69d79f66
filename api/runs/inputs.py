"""What is known of a run's input before anything is written: its facts, and the files it names."""

from typing import Any
from uuid import UUID

from interpreter.messages import FactValue
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from interpreter.rules import FactTooLarge, facts_over
from plait.errors import Invalid


def input_facts(plan: Plan, value: Any) -> dict[str, FactValue]:
    """What the workflow itself will know of the input, by the facts' ids. Too much of it is the caller's mistake."""
    try:
        facts = facts_over(plan.input_facts, {"vars": plan.document.vars, "input": value})
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


def uuid_of(text: str) -> UUID | None:
    """The UUID that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
