"""Messages for models: what is one, and how they are put together."""

from typing import Any

import pytest

from activities.kind import NodeError
from activities.models.messages import assistant, checked, framed, system, text_in, tool, user

CALL: Any = {"id": "1", "name": "find", "args": {}}


def test_every_kind_of_message_is_one() -> None:
    media = [{"type": "text", "text": "this"}, {"type": "image", "url": "https://example.com/a.png"}]
    messages = [system("a"), user("b"), user(media), assistant("", [CALL]), tool(CALL, "d"), assistant("e")]
    assert checked(messages) == messages


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("text", "messages must be a list of at least one"),
        ([], "messages must be a list of at least one"),
        ([{"content": "a"}], "messages[0] needs a role"),
        ([user("a"), {"role": "bot", "content": "a"}], "messages[1] needs a role"),
        ([user("a"), "b"], "messages[1] needs a role"),
        ([{"role": ["user"], "content": "a"}], "messages[0] needs a role"),
        ([{"role": "user"}], "messages[0]."),
        ([{"role": "tool", "content": "a"}], "tool_call_id"),
        ([user([{"type": "img"}])], "messages[0].content[0] needs a type: text, image or file"),
        ([{"role": "user", "content": ["b"]}], "messages[0].content[0] needs a type"),
        ([user([{"type": "image"}])], "messages[0].content[0] needs one of `url`, `file`"),
        ([user([{"type": "image", "data": "AA=="}])], "`data` with `media_type`"),
        ([user([{"type": "text", "text": 1}])], "messages[0].content[0].text"),
        ([user([{"type": "file", "file": "a", "media_type": "pdf"}])], "messages[0].content[0].media_type"),
        ([{"role": "system", "content": "a", "name": "b"}], "messages[0]"),
    ],
)
def test_what_is_no_message_is_said_with_its_place(value: Any, problem: str) -> None:
    with pytest.raises(NodeError) as caught:
        checked(value)
    assert caught.value.type == "MessagesInvalid"
    assert problem in caught.value.message


def test_a_system_prompt_takes_the_place_of_those_that_a_conversation_begins_with() -> None:
    earlier = [system("old"), system("older"), user("a"), system("later")]
    assert framed("new", earlier) == [system("new"), user("a"), system("later")]
    assert framed(None, earlier) == earlier
    assert framed("new", [system("old")]) == [system("new")]


def test_the_text_of_a_message_is_all_of_its_parts() -> None:
    parts: list[dict[str, Any]] = [{"type": "text", "text": "a"}, {"type": "image", "file": "x"}]
    assert text_in(user([*parts, {"type": "text", "text": "b"}])) == "a\nb"
    assert text_in(user("c")) == "c"
