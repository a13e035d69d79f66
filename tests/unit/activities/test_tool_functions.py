"""What a decorated function becomes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import Field, SecretStr

from activities.tools.function import ToolInvalid, tool_of
from interpreter.catalogue import Tool
from plait.sdk import ToolContext, tool


class Currency(StrEnum):
    EUR = "EUR"
    USD = "USD"


@dataclass
class Total:
    amount: Decimal
    currency: Currency


def entry_of(function: Any) -> Tool:
    found = tool_of(function)
    assert found is not None
    return found.entry


def test_arguments_become_a_closed_schema() -> None:
    @tool
    def convert(amount: float, to: Currency, on: date | None = None) -> float:
        return amount

    schema = entry_of(convert).parameters
    assert schema["type"] == "object"
    assert schema["required"] == ["amount", "to"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["amount"] == {"type": "number"}
    assert schema["properties"]["on"]["default"] is None


def test_a_function_without_arguments_takes_an_empty_object() -> None:
    @tool
    def ping() -> str:
        return "pong"

    assert entry_of(ping).parameters == {"type": "object", "additionalProperties": False, "properties": {}}


def test_the_docstring_describes_the_tool_and_its_arguments() -> None:
    @tool
    def tax(amount: float, rate: float = 0.2) -> float:
        """The tax on an amount.

        Rounded to cents.

        Args:
            amount: Before tax,
                in the account's currency.
            rate (float): A share of one.

        Returns:
            The tax.
        """
        return amount * rate

    entry = entry_of(tax)
    assert entry.description == "The tax on an amount.\n\nRounded to cents."
    assert entry.parameters["properties"]["amount"]["description"] == "Before tax, in the account's currency."
    assert entry.parameters["properties"]["rate"]["description"] == "A share of one."


def test_the_return_type_becomes_the_output_schema() -> None:
    @tool
    def total() -> Total:
        return Total(Decimal(1), Currency.EUR)

    schema = entry_of(total).output_schema
    assert schema is not None
    assert set(schema["properties"]) == {"amount", "currency"}


def test_a_tool_without_a_return_type_promises_nothing() -> None:
    @tool
    def anything():
        return 1

    assert entry_of(anything).output_schema is None


def test_what_is_declared_reaches_the_catalogue() -> None:
    @tool(name="billing.charge", idempotent=True, bound=0.5, timeout=5)
    def charge(amount: float) -> None: ...

    entry = entry_of(charge)
    assert (entry.name, entry.idempotent, entry.bound, entry.timeout) == ("billing.charge", True, 0.5, 5)


def test_a_tool_is_not_idempotent_unless_it_says_so() -> None:
    @tool
    def send(text: str) -> None: ...

    assert not entry_of(send).idempotent


def test_a_secret_argument_is_marked_write_only() -> None:
    @tool
    def login(token: SecretStr, key: Annotated[str, Field(json_schema_extra={"writeOnly": True})]) -> None: ...

    properties = entry_of(login).parameters["properties"]
    assert properties["token"]["writeOnly"]
    assert properties["key"]["writeOnly"]


def test_the_context_is_not_part_of_the_schema() -> None:
    @tool
    def fetch(url: str, ctx: ToolContext) -> str:
        return url

    assert list(entry_of(fetch).parameters["properties"]) == ["url"]


def test_an_argument_may_have_a_name_that_models_use_themselves() -> None:
    @tool
    def store(json: str, copy: str, model_config: int = 1) -> None: ...

    assert list(entry_of(store).parameters["properties"]) == ["json", "copy", "model_config"]


def test_the_function_itself_stays_what_it_was() -> None:
    @tool
    def double(x: int) -> int:
        return 2 * x

    assert double(4) == 8


def test_an_argument_without_a_type_is_refused() -> None:
    with pytest.raises(ToolInvalid, match="the argument x needs a type"):

        @tool
        def bad(x): ...  # pyright: ignore[reportMissingParameterType]


def test_arguments_that_no_workflow_could_name_are_refused() -> None:
    with pytest.raises(ToolInvalid, match="has no name"):

        @tool
        def bad(*rows: str) -> None: ...


def test_a_type_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(ToolInvalid, match="JSON cannot say"):

        @tool
        def bad(thing: ToolInvalid) -> None: ...


@pytest.mark.parametrize("name", ["Shout", "a b", "1st", "", ".x", "x."])
def test_a_name_that_documents_cannot_write_is_refused(name: str) -> None:
    with pytest.raises(ToolInvalid, match="name"):
        tool(name=name or " ")(lambda: None)


def test_a_bound_of_nothing_is_refused() -> None:
    with pytest.raises(ToolInvalid, match="above 0"):

        @tool(bound=0)
        def bad() -> None: ...
