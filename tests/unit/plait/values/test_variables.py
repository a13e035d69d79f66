"""What an environment gives to a document, and the secrets that it has of its own."""

from typing import Any

import pytest

from interpreter.document.model import Variable
from plait.settings import secrets_for
from plait.values.variables import given, lacking

DECLARED = {"URL": Variable(), "LIMIT": Variable.model_validate({"type": "integer", "default": 7})}


def test_what_is_set_stands_before_the_default_and_what_is_not_declared_is_not_given() -> None:
    assert given(DECLARED, {"URL": "x", "OTHER": 1}) == {"URL": "x", "LIMIT": 7}
    assert given(DECLARED, {"LIMIT": 8}) == {"LIMIT": 8}


def test_a_default_of_null_is_a_default() -> None:
    assert given({"X": Variable.model_validate({"default": None})}, {}) == {"X": None}


@pytest.mark.parametrize(
    ("variables", "codes"),
    [
        ({"URL": "x"}, []),
        ({}, ["variable_not_set"]),
        ({"URL": 1}, ["variable_type"]),
        ({"URL": "x", "LIMIT": True}, ["variable_type"]),
        ({"URL": "x", "LIMIT": 7.5}, ["variable_type"]),
    ],
)
def test_what_an_environment_lacks_is_said_with_its_mend(variables: dict[str, Any], codes: list[str]) -> None:
    problems = list(lacking(DECLARED, variables, "prod"))
    assert [problem.code for problem in problems] == codes
    assert all(problem.fix for problem in problems)


def test_a_secret_of_the_environment_stands_before_that_of_all() -> None:
    secrets = {"TOKEN": "all", "PROD_TOKEN": "own", "EU_WEST_KEY": "there"}
    assert secrets_for("prod", secrets)["TOKEN"] == "own"
    assert secrets_for("dev", secrets)["TOKEN"] == "all"
    assert secrets_for("eu-west", secrets)["KEY"] == "there"
    assert "KEY" not in secrets_for("dev", secrets)
