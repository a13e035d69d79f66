"""Texts of a certain form."""

import pytest
from pydantic import TypeAdapter, ValidationError

from plait.forms import Name, SecretName

NAMES: TypeAdapter[str] = TypeAdapter(Name)


@pytest.mark.parametrize("wrong", ["Prod", "1st", "a b", "", "a" * 64, "prod\n"])
def test_a_text_of_another_form_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(ValidationError) as caught:
        NAMES.validate_python(wrong)
    (problem,) = caught.value.errors()
    assert (problem["type"], problem["msg"].split(",")[0]) == ("wrong_form", "Write a name of a-z")


def test_programs_read_the_form_as_a_pattern() -> None:
    assert NAMES.validate_python("prod-2") == "prod-2"
    assert NAMES.json_schema() == {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,62}$"}


def test_the_value_of_a_secret_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(SecretName).validate_python("sk-live-123")
    assert "123" not in caught.value.errors()[0]["msg"]
