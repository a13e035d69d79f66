"""What an output is worth, and which of two is better."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.evals.scores import Score, change, changes, judged, measure

ROW: dict[str, Any] = {"input": {"n": 2}, "expected": 4, "output": {"n": 4}, "meta": None}


@pytest.mark.parametrize(
    ("expression", "accept", "value", "passed"),
    [
        ("output.n == expected", 0.5, 1.0, True),
        ("output.n == 5", 0.5, 0.0, False),
        ("output.n", 4.0, 4.0, True),
        ("output.n / 8.0", 0.6, 0.5, False),
        ("'four'", 0.5, None, False),
        ("1.0 / 0.0", 0.5, None, False),
        ("output.none", 0.5, None, False),
    ],
)
def test_an_expression_is_worth_its_number_and_a_boolean_one_or_nothing(
    expression: str, accept: float, value: float | None, *, passed: bool
) -> None:
    score = measure({"score": (expression, accept)}, ROW)["score"]
    assert (score.value, score.passed, score.because is None) == (value, passed, value is not None)


def test_a_judge_s_points_are_worth_their_share() -> None:
    score = judged({"points": 4, "because": "Friendly."}, 5, 0.8, "run", "0.1")
    assert score == Score(0.8, passed=True, because="Friendly.", run_id="run", cost_usd="0.1")


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_is_better_one_way_round_is_worse_the_other(first: float, second: float) -> None:
    reverse = {"better": "worse", "worse": "better", "same": "same"}
    assert change(first, second) == reverse[change(second, first)]


def test_what_has_no_value_is_worth_nothing_beside_another() -> None:
    assert changes({"a": Score(None), "b": Score(None)}, {"a": Score(1.0), "b": Score(None)}) == {
        "a": "worse",
        "b": "same",
    }
