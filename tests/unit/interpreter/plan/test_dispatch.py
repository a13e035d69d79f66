"""How Temporal is asked to run an activity."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import pytest

from interpreter.catalogue import NodeType
from interpreter.document.model import Node
from interpreter.plan.dispatch import may_repeat
from tests.support.documents import a_plan


def dispatch(node, **top):
    return a_plan("a", nodes={"a": node}, **top).nodes[0].dispatch


def test_only_an_activity_has_a_dispatch():
    assert dispatch({"type": "transform"}) is None


def test_a_node_says_its_own_limits():
    found = dispatch(
        {"timeout": "9s", "deadline": "1m", "retry": {"max_attempts": 4, "initial_interval": "2s"}},
        defaults={"timeout": 1},
    )
    assert (found.start_to_close, found.schedule_to_close, found.max_attempts, found.initial_interval) == (9, 60, 4, 2)


def test_defaults_of_the_document_stand_before_those_of_tool_and_type():
    found = dispatch({"with": {"tool": "send"}}, defaults={"timeout": "3s", "deadline": "1h"})
    assert (found.start_to_close, found.schedule_to_close) == (3, 3600)


def test_a_tools_timeout_stands_before_the_types():
    assert dispatch({"with": {"tool": "send"}}).start_to_close == 7
    assert dispatch({"with": {"tool": "work"}}).start_to_close == 300


def test_an_idempotent_tool_gets_the_default_attempts():
    assert dispatch({}).max_attempts == 3
    assert dispatch({}, defaults={"retry": {"max_attempts": 5}}).max_attempts == 5


def test_what_may_not_be_repeated_gets_one_attempt_unless_the_node_says_otherwise():
    assert dispatch({"with": {"tool": "send"}}, defaults={"retry": {"max_attempts": 5}}).max_attempts == 1
    assert dispatch({"with": {"tool": "send"}, "retry": {"max_attempts": 2}}).max_attempts == 2


@pytest.mark.parametrize(
    ("method", "attempts"), [("GET", 3), ("put", 3), ("POST", 1), ("patch", 1), ("{{ input.m }}", 1)]
)
def test_a_request_that_may_change_something_twice_gets_one_attempt(method, attempts):
    assert (
        dispatch({"type": "http_request", "with": {"url": "https://example.org/", "method": method}}).max_attempts
        == attempts
    )


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_type_of_somebodys_own_may_be_repeated_if_it_says_so(idempotent):
    kind = NodeType(name="ours", behaviour="activity", idempotent=idempotent)
    assert may_repeat(Node(id="a", type="ours"), kind, None) is idempotent
