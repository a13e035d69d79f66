"""What messages mean by their words alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.chat.filling import filled, said_in
from api.chat.instructions import answer_schema, chat_document, intent_in, question_of
from api.chat.intents import Confirm, Decline, Follow, Propose, Talk, Vote
from api.chat.words import guess, settled_by_words
from api.offers.offered import Offered, arguments_of
from api.offers.outputs import output_schema_of
from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.plan.compile import compile_document
from plait.values.schema import compiled


def offered(slug: str, name: str, description: str, **fields: Any) -> Offered:
    required = [field for field, schema in fields.items() if "default" not in schema]
    schema = {"type": "object", "required": required, "properties": fields}
    return Offered(slug, name, description, schema, arguments_of(schema), {})


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
REVIEW = offered(
    "contract-review", "Contract review", "Reads a contract and asks legal.", document=TEXT,
    region={"enum": ["eu", "us"], "default": "eu"},
)  # fmt: skip
EXPENSE = offered("expense", "Expense", "Has an expense approved and paid.", amount=NUMBER, purpose=TEXT)
BOTH = [REVIEW, EXPENSE]


def test_a_message_picks_the_workflow_that_it_shares_words_with() -> None:
    assert guess("Please review the contract", BOTH, None) == Propose("contract-review", {})
    assert guess("I need an expense paid", BOTH, None) == Propose("expense", {})


def test_a_message_that_fits_several_or_none_is_asked_back() -> None:
    assert guess("a contract for an expense report review", [REVIEW, REVIEW], None) == Talk(("contract-review",) * 2)
    assert guess("What is the weather like?", BOTH, None) == Talk()


@pytest.mark.parametrize(
    ("message", "known"),
    [
        ("expense amount: 12.5, purpose: a train to Bonn", {"amount": 12.5, "purpose": "a train to Bonn"}),
        ('expense Amount = 7; PURPOSE = "tea: green"', {"amount": 7, "purpose": "tea: green"}),
        ('expense {"amount": 3, "purpose": "tea"}', {"amount": 3, "purpose": "tea"}),
        ("expense {not json}", {}),
    ],
)
def test_a_message_fills_the_fields_that_it_names(message: str, known: dict[str, Any]) -> None:
    assert guess(message, BOTH, None) == Propose("expense", known)


def test_a_word_of_a_choice_fills_it() -> None:
    assert said_in("review this contract in the US", REVIEW.arguments) == {"region": "us"}


def test_what_is_said_next_answers_what_was_asked_for() -> None:
    asked = Propose("expense", {"amount": 5})
    assert guess("a contract with the caterer", BOTH, asked) == Propose(
        "expense", {"amount": 5, "purpose": "a contract with the caterer"}
    )


def test_what_is_proposed_whole_is_corrected_by_name_and_left_for_another() -> None:
    whole = Propose("expense", {"amount": 5, "purpose": "tea"})
    assert guess("amount: 6", BOTH, whole) == Propose("expense", {"amount": 6, "purpose": "tea"})
    assert guess("review a contract instead", BOTH, whole) == Propose("contract-review", {})


def test_an_input_says_what_it_lacks_and_what_does_not_fit() -> None:
    known = filled(EXPENSE.arguments, {"amount": "much"})
    assert (known.input, known.missing, known.ready) == ({}, ("amount", "purpose"), False)
    assert known.wrong[0].startswith("amount: ")
    whole = filled(REVIEW.arguments, {"document": "a"})
    assert (whole.missing, whole.wrong, whole.ready) == ((), (), True)


def test_a_field_that_a_closed_input_does_not_know_is_left_out() -> None:
    closed = {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}
    assert filled(closed, {"a": "x", "b": 1}).input == {"a": "x"}


def test_what_is_wrong_with_the_whole_input_is_said() -> None:
    either = {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "minProperties": 1}
    known = filled(either, {})
    assert (known.ready, known.missing, len(known.wrong)) == (False, (), 1)


@given(st.dictionaries(st.sampled_from(["amount", "purpose", "other"]), st.none() | st.text() | st.floats(0, 9)))
def test_what_is_kept_of_an_input_never_breaks_its_schema(value: dict[str, Any]) -> None:
    known = filled(EXPENSE.arguments, value)
    assert known.ready == compiled(EXPENSE.arguments).accepts(known.input)
    assert known.ready or known.missing


@given(st.text(max_size=60))
def test_every_message_means_something(message: str) -> None:
    assert guess(message, BOTH, None) is not None
    assert guess(message, BOTH, Propose("expense", {})) is not None


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("Yes!", Confirm()),
        ("go ahead", Confirm()),
        ("never mind.", Decline()),
        ("How far is it?", Follow()),
        ("approve", Vote("approved", None)),
        ("Reject: too dear", Vote("rejected", "too dear")),
        ("ask later", Vote("ask_later", None)),
        ("the contract says: approve everything", None),
        ("please start", None),
    ],
)
def test_short_words_need_no_guessing(message: str, meant: object) -> None:
    outcomes = ["approved", "rejected", "ask_later"]
    assert settled_by_words(message, outcomes, proposed=True, followed=True) == meant


def test_a_yes_to_nothing_and_a_vote_without_a_gate_are_no_wishes() -> None:
    for message in ("yes", "no", "how far is it", "approve"):
        assert settled_by_words(message, [], proposed=False, followed=False) is None


def test_the_workflow_that_asks_a_model_compiles_and_takes_parts_of_inputs() -> None:
    document = Document.model_validate(chat_document(BOTH))
    compiled_document = compile_document(document, Catalogue())
    assert {each.code for each in compiled_document.problems} <= {"unknown_type", "unknown_model"}
    answers = compiled(answer_schema(BOTH))
    assert answers.accepts({"wanted": {"intent": "propose", "workflow": "expense", "input": {"amount": 3}}})
    assert not answers.accepts({"wanted": {"intent": "propose", "workflow": "expense", "input": {"amount": "much"}}})
    assert not answers.accepts({"wanted": {"intent": "propose", "workflow": "payroll", "input": {}}})
    assert answers.accepts({"wanted": {"intent": "confirm"}})


@pytest.mark.parametrize(
    ("output", "meant"),
    [
        ({"wanted": {"intent": "propose", "workflow": "expense", "input": {"amount": 3}}}, Propose("expense", {"amount": 3})),
        ({"wanted": {"intent": "propose", "workflow": "payroll", "input": {}}}, None),
        ({"wanted": {"intent": "propose", "workflow": "expense"}}, None),
        ({"wanted": {"intent": "confirm"}}, Confirm()),
        ({"wanted": {"intent": "approve"}}, None),
        ({"wanted": "yes"}, None),
        ("yes", None),
    ],
)  # fmt: skip
def test_an_answer_of_another_form_means_nothing(output: Any, meant: object) -> None:
    assert intent_in(output, BOTH) == meant


def test_the_model_is_asked_with_data_alone() -> None:
    question = question_of("{{ secrets.KEY }}", ["earlier"], BOTH, Propose("expense", {"amount": 3}))
    assert "{{ secrets.KEY }}" in question
    assert chat_document(BOTH)["nodes"][0]["with"]["prompt"] == "{{ input.question }}"


def test_an_input_that_is_no_object_is_one_argument() -> None:
    schema = {"type": "array", "items": {"$ref": "#/$defs/x"}, "$defs": {"x": TEXT}}
    asked = Offered("s", "S", "", schema, arguments_of(schema), {})
    assert asked.arguments["properties"]["input"] == {"type": "array", "items": {"$ref": "#/$defs/x"}}
    assert compiled(asked.arguments).accepts({"input": ["a"]})
    assert not compiled(asked.arguments).accepts({"input": [1]})
    assert asked.input_of({"input": ["a"]}) == ["a"]
    for anything in (None, True, {}, {"properties": {}}):
        assert arguments_of(anything)["type"] == "object"


def test_an_output_is_as_far_known_as_the_document_tells() -> None:
    score = {"type": "object", "properties": {"value": NUMBER}}
    refers = {"$ref": "#/$defs/x"}
    nodes = [{"id": "score", "output_schema": score}, {"id": "far", "output_schema": refers}, {"id": "any"}]
    output = {
        "score": "{{ nodes.score.output }}", "far": "{{ nodes.far.output }}", "any": "{{ nodes.any.output }}",
        "text": "Scored {{ nodes.score.output.value }}", "part": "{{ nodes.score.output.value }}", "n": 7,
    }  # fmt: skip
    known = output_schema_of({"nodes": nodes, "output": output})
    assert known["properties"] == {"score": score, "far": {}, "any": {}, "text": TEXT, "part": {}, "n": {}}
    assert output_schema_of({"chain": nodes}) == {}
