"""Which webhook endpoints may be asked for."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.webhook_endpoints.schemas import NewEndpoint, Redeliver

WANTED = {"url": "https://example.com/hook", "types": ["workflow.run.failed"]}


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"types": ["workflow.node.failed"]}, ("types", 0)),
        ({"types": []}, ("types",)),
        ({"url": "ftp://example.com"}, ("url",)),
        ({"url": "https://ann:secret@example.com"}, ("url",)),
        ({"url": "https:///hook"}, ("url",)),
        ({"url": "https://[::1"}, ("url",)),
        ({"url": "https://example.com/a b"}, ("url",)),
        ({"url": "mailto:ops@example.com?bcc=all@example.com", "kind": "email"}, ("url",)),
        ({"url": "mailto:ops@example.com,all@example.com", "kind": "email"}, ("url",)),
        ({"url": "mailto:ops@example.com"}, ()),
        ({"kind": "email"}, ()),
        ({"kind": "pager"}, ("kind",)),
        ({"include": ["input"]}, ("include", 0)),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(said: dict[str, Any], place: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        NewEndpoint.model_validate(WANTED | said)
    assert refused.value.errors()[0]["loc"] == place


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"kind": "email", "url": "mailto:ops+plait@example.com"},
        {"kind": "slack"},
        {"url": "http://10.0.0.1:8080/x?y"},
    ],
)
def test_what_can_be_is_taken(said: dict[str, Any]) -> None:
    assert NewEndpoint.model_validate(WANTED | said)


def test_what_to_redeliver_has_to_be_said() -> None:
    with pytest.raises(ValidationError):
        Redeliver.model_validate({})
