"""What is made of a message."""

import hashlib
from typing import Any

import pytest

from plait.errors import Invalid
from plait.values.mapping import problems_of_expression, problems_of_value
from plait.webhooks.mapping import NAMES, make
from plait.webhooks.schemes import AnyScheme, GitHub, Hmac, Slack, Standard, Stripe, Token

START = {"start": {"workflow": "build", "input": {"sum": "{{ body.sum + 1 }}"}, "key": None}}


def names(body: Any = None, **headers: str) -> dict[str, Any]:
    return {"body": body, "headers": headers, "query": {}}


@pytest.mark.parametrize(
    ("scheme", "said", "found"),
    [
        (Standard(), names({}, **{"webhook-id": "msg_1"}), "msg_1"),
        (GitHub(), names({}, **{"x-github-delivery": "72d3"}), "72d3"),
        (GitHub(), names({}), None),
        (Stripe(), names({"id": "evt_1"}), "evt_1"),
        (Stripe(), names(None), None),
        (Slack(), names({"event_id": "Ev1"}), "Ev1"),
        (Slack(), names({"trigger_id": "398.1"}), "398.1"),
        (Hmac(header="X-Sig", timestamp_header="X-At"), names({}, **{"x-sig": "0123"}), "0123"),
        (Hmac(header="X-Sig"), names({}, **{"x-sig": "0123"}), None),
        (Token(), names({"id": "evt_1"}), None),
    ],
)
def test_the_sender_s_id_is_where_its_scheme_has_it(scheme: AnyScheme, said: dict[str, Any], found: str | None) -> None:
    assert make(scheme, None, None, {"start": {}}, said).sender_id == found


def test_the_sender_s_id_may_be_said_to_be_elsewhere_and_may_be_long() -> None:
    made = make(Token(), None, "body.id", {"start": {}}, names({"id": 7}))
    assert made.sender_id == "7"
    long = make(Token(), None, "body.id", {"start": {}}, names({"id": "x" * 200}))
    assert long.sender_id == hashlib.sha256(b"x" * 200).hexdigest()
    with pytest.raises(Invalid) as raised:
        make(Token(), None, "body.id", {"start": {}}, names({"id": None}))
    assert raised.value.problems[0].dotted == "delivery_id"


def test_a_message_that_does_not_count_is_made_into_nothing() -> None:
    made = make(Token(), "body.sum > 5", "body.none", START, names({"sum": 1}))
    assert (made.counts, made.action) == (False, {})


def test_templates_keep_their_types_and_keys_are_texts() -> None:
    made = make(Token(), None, None, START, names({"sum": 1}))
    assert made.action == {"workflow": "build", "input": {"sum": 2}, "key": None}
    event = {"deliver": {"name": "paid", "key": "{{ body.order }}", "payload": "{{ body }}"}}
    made = make(Token(), None, None, event, names({"order": 7}))
    assert made.action == {"name": "paid", "key": "7", "payload": {"order": 7}}


def test_what_a_template_gives_is_no_template() -> None:
    made = make(Token(), None, None, START | {"start": {"input": "{{ body.x }}"}}, names({"x": "{{ 1 + 1 }}"}))
    assert made.action == {"input": "{{ 1 + 1 }}"}


@pytest.mark.parametrize(
    ("action", "place"),
    [
        (START, "start.input.sum"),
        ({"deliver": {"name": "{{ body.no }}", "key": None, "payload": None}}, "deliver.name"),
        ({"deliver": {"name": "{{ body.null }}", "key": None, "payload": None}}, "deliver.name"),
    ],
)
def test_an_expression_without_a_value_is_told_by_its_place(action: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as raised:
        make(Token(), None, None, action, names({"null": None}))
    assert raised.value.problems[0].dotted == place


def test_a_guard_gives_true_or_false() -> None:
    with pytest.raises(Invalid):
        make(Token(), "body.sum", None, START, names({"sum": 1}))


def test_names_that_are_not_there_are_told_and_those_that_an_expression_binds_are_none() -> None:
    assert problems_of_value({"a": ["{{ body.items.map(x, x.id) }}"]}, NAMES, ("input",)) == []
    (problem,) = problems_of_value({"a": ["{{ inptu.x }}"]}, NAMES, ("input",))
    assert (problem.code, problem.dotted, problem.fix) == (
        "unknown_name", "input.a[0]", "Known are: body, headers, query."
    )  # fmt: skip
    (problem,) = problems_of_value("{{ 1 + }}", NAMES, ("input",))
    assert problem.code == "invalid_expression"
    (problem,) = problems_of_expression("1 + 1", NAMES, ("when",), "a boolean")
    assert problem.dotted == "when"
