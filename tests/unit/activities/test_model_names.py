"""Names of tools on the wire."""

import re

from hypothesis import given
from hypothesis import strategies as st

from activities.models.naming import own_name, wire_names

NAMES = st.lists(st.text("ab._-:é ", min_size=1, max_size=90), max_size=12)


@given(NAMES)
def test_every_name_is_one_that_providers_take_and_leads_back_to_its_own(names: list[str]) -> None:
    called = wire_names(names)
    assert set(called) == set(names)
    assert len(set(called.values())) == len(set(names))
    for name, wire in called.items():
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wire)
        assert own_name(wire, called) == name


def test_a_name_that_may_be_is_left_as_it_is() -> None:
    assert wire_names(["crm.find", "find_2"]) == {"find_2": "find_2", "crm.find": "crm_find"}
    assert wire_names(["a.b", "a_b"])["a_b"] == "a_b"


def test_a_tool_that_was_not_offered_keeps_the_name_that_the_model_gave_it() -> None:
    assert own_name("unknown", {"a.b": "a_b"}) == "unknown"
