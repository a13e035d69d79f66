"""What a turn sends: the head that stays, the rounds that fit, results that are cut; and how its calls are named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.agents.offers import TASK, Offer, unknown
from activities.agents.opening import refuse_too_deep
from activities.agents.trimming import BYTES_A_TOKEN, MOST_SHOWN, cut, size_of, trimmed
from activities.agents.turn import LONGEST_SEGMENT, head_of, segment_of
from activities.kind import NodeError
from activities.models.messages import assistant, system, tool, user
from plait.agents import Trimming

HEAD = [system("You look."), user("Find it.")]


def a_round(number: int, size: int = 1) -> list[dict[str, Any]]:
    call = {"id": f"c{number}", "name": "look", "args": {}}
    return [assistant("", [call]), tool(call, "x" * size)]  # pyright: ignore[reportArgumentType]


@given(
    st.lists(st.integers(0, 4_000), max_size=8),
    st.none() | st.integers(1, 9),
    st.none() | st.integers(500, 4_000),
)
def test_the_newest_rounds_that_fit_stay_whole_and_in_order(
    sizes: list[int], turns: int | None, tokens: int | None
) -> None:
    rounds = [a_round(number, size) for number, size in enumerate(sizes)]
    sent = trimmed(HEAD, rounds, Trimming(turns=turns, tokens=tokens))
    assert sent[:2] == HEAD
    kept = [message for message in sent[2:] if message["role"] != "user"]
    count = len(kept) // 2
    assert kept == [message for one in rounds[len(rounds) - count :] for message in one]
    assert count >= min(1, len(rounds))
    assert turns is None or count <= turns
    assert tokens is None or count <= 1 or sum(map(size_of, [*HEAD, *kept])) <= tokens * BYTES_A_TOKEN
    assert len(sent) - 2 - len(kept) == (1 if count < len(rounds) else 0)


def test_without_a_limit_everything_is_sent() -> None:
    rounds = [a_round(number) for number in range(40)]
    assert len(trimmed(HEAD, rounds, Trimming())) == 2 + 80


@given(st.integers(0, 3 * MOST_SHOWN))
def test_of_a_large_result_the_beginning_is_shown_with_a_mark(size: int) -> None:
    shown = cut("x" * size)
    assert shown.startswith("x" * min(size, MOST_SHOWN))
    assert ("cut here" in shown) == (size > MOST_SHOWN)
    assert len(shown) < MOST_SHOWN + 100


def test_the_task_comes_after_a_conversation_with_its_context_as_json() -> None:
    told = {"agent": "a", "task": "Sum {{ it }}.", "context": {"rows": [1]}, "messages": [system("Old."), user("Hi.")]}
    assert head_of("New.", told) == [system("New."), user("Hi."), user('Sum {{ it }}.\n\nContext:\n{"rows":[1]}')]
    assert head_of(None, {"task": "Go.", "context": "as text"}) == [user("Go.\n\nContext:\nas text")]
    assert head_of("", {"messages": [user("Hi.")]}) == [user("Hi.")]


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("search", "search"),
        ("crm.find", "crm_find"),
        ("workflow:pay-out", "pay_out"),
        ("agent:Writer", "writer"),
        ("…", "_"),
    ],
)
def test_a_call_is_named_in_its_path_by_what_it_calls(name: str, segment: str) -> None:
    assert segment_of(name) == segment


@given(st.text(max_size=200))
def test_whatever_a_tool_is_called_its_path_stays_one_step(name: str) -> None:
    segment = segment_of(name)
    assert 0 < len(segment) <= LONGEST_SEGMENT
    assert set(segment) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


def test_what_is_wrong_with_a_call_is_said_so_that_a_model_can_mend_it() -> None:
    offer = Offer("agent:writer", "agent", "Writes.", TASK)
    assert offer.refusal({"task": "Write."}, None) is None
    assert "task" in (offer.refusal({}, None) or "")
    assert "not a JSON object" in (offer.refusal({}, "[1") or "")
    assert unknown("serch", [offer]) == "There is no tool 'serch'. You have: agent:writer."
    assert unknown("serch", []) == "There is no tool 'serch'. You have: none."


def test_eight_agents_may_have_called_each_other_and_no_ninth() -> None:
    called = "a" + ".turn~1.b~1" * 7
    refuse_too_deep(called)
    with pytest.raises(NodeError, match="at most 8 deep"):
        refuse_too_deep(f"{called}.turn~1.b~1")
