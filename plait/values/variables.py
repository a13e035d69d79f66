"""The variables of an environment, as documents declare them: `{NAME: {type, default?}}`. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from interpreter.document.model import Variable
from interpreter.plan.schemas import is_of
from interpreter.problems import Problem

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def lacking(declared: Mapping[str, Variable], variables: Mapping[str, Any], environment: str) -> Iterator[Problem]:
    """What an environment with these variables cannot give to a document that reads these."""
    for name, wanted in declared.items():
        if name not in variables:
            if "default" not in wanted.model_fields_set:
                message = f"The workflow reads env.{name}, which is not set in {environment} and has no default."
                fix = f"Set it: plait env set {name} VALUE --env {environment}."
                yield Problem("variable_not_set", message, ("env", name), fix=fix)
        elif not is_of(variables[name], wanted.type):
            message = (
                f"The workflow reads env.{name} as {wanted.type}, and what is set in {environment} is another type."
            )
            fix = f"Set a value of the type {wanted.type}, or declare the type that it has."
            yield Problem("variable_type", message, ("env", name), fix=fix)


def given(declared: Mapping[str, Variable], variables: Mapping[str, Any]) -> dict[str, Any]:
    """What a document reads: what is set, else its own defaults."""
    defaults = {name: each.default for name, each in declared.items() if "default" in each.model_fields_set}
    return defaults | {name: value for name, value in variables.items() if name in declared}
