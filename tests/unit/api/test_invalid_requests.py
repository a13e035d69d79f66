"""What pydantic finds in a request, as people read it."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from api.agents.schemas import Definition
from api.http.errors import problems_in
from api.reruns.schemas import RerunOrder
from api.schedules.schemas import NewSchedule
from api.webhooks.schemas import NewWebhook

HOOK = {"name": "Orders", "start": {"workflow": "ship"}}
NIGHTLY = {"name": "Nightly", "workflow": "greeting", "cron": "30 2 * * *"}


def found_in(kind: Any, body: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(body)
    return [("/".join(map(str, each.path)), each.message) for each in problems_in(body, raised.value)]


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        (RerunOrder, {"from": "middle"}, "from"),
        (RerunOrder, {"from": ["one", 2]}, "from/1"),
        (NewSchedule, NIGHTLY | {"jitter": []}, "jitter"),
        (NewWebhook, HOOK | {"verify": {"scheme": "hmac", "algorithm": "sha256", "encoding": "hex"}}, "verify/header"),
        (Definition, {"model": "smart", "instructions": 5}, "instructions"),
    ],
)
def test_a_field_that_may_be_of_several_kinds_is_named_as_it_stands_in_the_body(
    kind: Any, body: Any, place: str
) -> None:
    assert place in [each for each, _ in found_in(kind, body)]
    assert not [each for each, _ in found_in(kind, body) if "[" in each or "kind:" in each]


def test_what_a_field_may_be_is_told_in_one_problem() -> None:
    ((place, message),) = found_in(RerunOrder, {"from": 5})
    assert place == "from"
    assert message == "Input should be 'start' or 'failure'; or: Input should be a valid list"


def test_a_sentence_of_our_own_stands_as_it_is() -> None:
    body = {"from": "start", "overrides": {"score": {}}}
    assert found_in(RerunOrder, body) == [("overrides/score", "give one of `with`, `output` and `skip: true`")]


def test_a_field_that_there_is_not_is_said_to_be_none() -> None:
    body = {"model": "smart", "instructions": "Read.", "toolz": []}
    assert found_in(Definition, body) == [("toolz", "There is no such field here.")]
