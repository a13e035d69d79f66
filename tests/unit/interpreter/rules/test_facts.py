"""Facts: what is kept of a value for the expressions that the workflow evaluates."""

import pytest

from interpreter.expressions import parse
from interpreter.plan.model import FactSpec
from interpreter.rules import FactTooLarge, facts_over


def a_fact(text: str, *, number: int = 0, required: bool = True) -> FactSpec:
    return FactSpec(number, 0, 0, parse(text), text, required)


NAMES = {
    "vars": {"limit": 3},
    "nodes": {"a": {"output": {"rows": [1, 2], "long": "x" * 5000, "many": list(range(9000))}}},
}


def test_a_fact_is_a_value_an_absence_or_an_error() -> None:
    specs = [
        a_fact("size(nodes.a.output.rows)"),
        a_fact("nodes.a.output.none", number=1),
        a_fact("nodes.a.output.rows + 1", number=2),
    ]
    facts = facts_over(specs, NAMES)
    assert facts[0] == ("value", 2)
    assert [facts[1][0], facts[2][0]] == ["absent", "error"]


@pytest.mark.parametrize("text", ["nodes.a.output.long", "nodes.a.output.many"])
def test_a_required_fact_that_is_too_large_names_its_expression(text: str) -> None:
    with pytest.raises(FactTooLarge, match=text):
        facts_over([a_fact(text)], NAMES)


def test_a_fact_that_is_not_required_is_left_out_when_it_does_not_fit() -> None:
    specs = [a_fact("nodes.a.output.long", required=False), a_fact("nodes.a.output.rows", number=1, required=False)]
    assert list(facts_over(specs, NAMES)) == [1]


def test_facts_that_are_not_required_share_their_room() -> None:
    names = {"nodes": {"a": {"output": "x" * 1500}}}
    specs = [a_fact("nodes.a.output", number=number, required=False) for number in range(4)]
    assert list(facts_over(specs, names)) == [0, 1]
