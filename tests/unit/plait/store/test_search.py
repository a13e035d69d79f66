"""How texts become words, and what is typed becomes a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.store.search import LONGEST_WORD, MOST_WORDS, search_of, words_of, words_of_error


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Invoice approval", ["invoice", "approval"]),
        ("INV-2026/0042_b", ["inv", "2026", "0042", "b"]),
        ("Straße ÉTÉ", ["strasse", "été"]),
        ("the the The", ["the"]),
        ("東京 2026", ["東京", "2026"]),
        ("-- !?", []),
    ],
)
def test_words_are_what_stands_between_signs_in_small_letters(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(), st.text())
def test_words_are_never_empty_and_never_too_many_or_too_long(one: str, other: str) -> None:
    words = words_of(one, None, other)
    assert len(words) == len(set(words)) <= MOST_WORDS
    assert all(0 < len(word) <= LONGEST_WORD for word in words)


def test_an_error_is_found_by_its_type_its_node_and_its_message() -> None:
    error = {"type": "ProviderDown", "node": "fetch", "message": "no answer", "details": {"token": "hidden"}}
    assert words_of_error(error) == ["providerdown", "fetch", "no", "answer"]
    assert words_of_error(None) == []


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("acme", "(acme:*)"),
        ("acme inv", "(acme) & (inv:*)"),
        ("INV-2026", "(inv & 2026:*)"),
        ("acme -draft", "(acme) & !(draft)"),
        ("-draft acme", "!(draft) & (acme:*)"),
        ("a' | !b:* & (c", "(a) & (b) & (c:*)"),
        ("--", None),
        ("", None),
    ],
)
def test_all_words_must_be_there_and_the_last_may_be_only_begun(typed: str, search: str | None) -> None:
    assert search_of(typed) == search
