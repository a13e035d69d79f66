"""What a case may expect, and how it is told what came instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.testing.expect import difference, equal, first_difference, part_of
from tests.unit.plait.testing.support import LARGE, SMALL, Folder, told

MET = {
    "status": "status: completed",
    "output": "output: {paid: true, score: 3.0}",
    "part of the output": "output_contains: {score: 3}",
    "no error": "error: null",
    "the path": "path: [score, route, pay]",
    "part of the path": "path_contains: [score, pay]",
    "skipped": "skipped: [sign]",
    "skipped with reasons": "skipped: {sign: dead_path}",
    "events": "events: [{type: started, path: score}, {type: completed, path: pay}]",
    "duration": "duration: 0s",
    "flags": "flags: []",
    "checks": "checks: [nodes.pay.output, run.status == 'completed', \"input.amount == 5 || true\", size(run.skipped) == 1]",
}

UNMET = {
    "status": ("status: waiting", "the run should be waiting, and is completed"),
    "output": ("output: {paid: false, score: 3}", "the output is another one"),
    "output_contains": ("output_contains: {score: 4}", "the output does not contain this"),
    "error": ("error: Timeout", "the error should be Timeout, and is None"),
    "path": ("path: [score, pay]", "the run took another path"),
    "path_contains": ("path_contains: [pay, score]", "score did not complete after pay"),
    "skipped": ("skipped: {sign: guard}", "other nodes were skipped"),
    "events": ("events: [{type: failed, path: score}]", "there is no event failed of score"),
    "duration": ("duration: 1s", "the run should take 1 s, and takes 0 s"),
    "flags": ("flags: [compensated]", "the run has other flags"),
    "checks": ("checks: [nodes.score.output > 5]", "`nodes.score.output > 5` is not true"),
}


@pytest.mark.parametrize("expected", MET.values(), ids=MET)
def test_what_came_as_expected_passes(folder: Folder, expected: str) -> None:
    assert told(folder.case(f"{SMALL}\nexpect:\n  {expected}")) == ["passed"]


@pytest.mark.parametrize(("field", "expected", "message"), [(name, *said) for name, said in UNMET.items()], ids=UNMET)
def test_what_came_otherwise_fails_at_its_line(folder: Folder, field: str, expected: str, message: str) -> None:
    result = folder.case(f"{SMALL}\nexpect:\n  {expected}")
    assert told(result) == ["failed", f"expect.{field}"]
    assert (result.findings[0].line, result.findings[0].message) == (5, message)


def test_a_difference_is_shown_line_by_line_where_it_begins(folder: Folder) -> None:
    finding = folder.finding(f"{SMALL}\nexpect:\n  output:\n    paid: true\n    score: 4")
    assert (finding.line, finding.diff) == (7, (" {", '   "paid": true,', '-  "score": 4', '+  "score": 3', " }"))


def test_a_check_that_is_not_true_shows_what_it_read(folder: Folder) -> None:
    finding = folder.finding(f"{SMALL}\nexpect: {{checks: [nodes.score.output > vars.x || run.duration > 9]}}")
    assert finding.diff == ("+ nodes.score.output = 3", "+ run.duration = 0")


def test_a_check_without_a_value_says_why(folder: Folder) -> None:
    finding = folder.finding(f"{SMALL}\nexpect: {{checks: [nodes.sign.output.form.ok]}}")
    assert finding.message.startswith("`nodes.sign.output.form.ok` has no value: `nodes.sign.output` is absent")
    finding = folder.finding(f"{SMALL}\nexpect: {{checks: [nodes.score.output]}}")
    assert finding.message == "`nodes.score.output` is neither true nor false"


def test_every_expectation_that_is_not_met_is_told(folder: Folder) -> None:
    result = folder.case(f"{SMALL}\nexpect: {{status: failed, duration: 1s, checks: ['false', '1 > 2']}}")
    assert told(result) == ["failed", "expect.status", "expect.duration", "expect.checks", "expect.checks"]


def test_a_failed_node_has_its_error_and_no_output(folder: Folder) -> None:
    checks = "[nodes.sign.error.type == 'Expired', '!has(nodes.sign.output)', run.error.category == 'business']"
    assert told(folder.case(f"{LARGE}\nexpect: {{error: Expired, checks: {checks}}}")) == ["passed"]


def test_what_looks_the_same_and_is_not_is_told_apart() -> None:
    assert equal(7, 7.0)
    assert equal({"a": [1.0, None]}, {"a": [1, None]})
    assert not equal(True, 1)
    assert not equal(0, False)
    assert not equal("1", 1)
    assert not equal(0.1, 0.2)


def test_only_lists_of_the_same_length_are_compared_in_part() -> None:
    assert part_of({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}) == {"a": [{"b": 1}]}
    assert part_of({"a": [{"b": 1, "c": 2}, 3]}, {"a": [{"b": 1}]}) == {"a": [{"b": 1, "c": 2}, 3]}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_values_have_a_difference_exactly_when_they_are_not_equal(wanted: object, came: object) -> None:
    assert bool(difference(wanted, came)) is not equal(wanted, came)
    assert equal(part_of(wanted, wanted), wanted)
    assert first_difference(wanted, wanted) == ()


@pytest.mark.parametrize(
    ("wanted", "came", "place"),
    [
        ({"a": 1, "b": [1, {"c": 2}]}, {"a": 1, "b": [1, {"c": 3}]}, ("b", 1, "c")),
        ({"a": 1}, {}, ("a",)),
        ([1, 2], [1], (1,)),
        ([1], [1, 2], ()),
        (1, {}, ()),
    ],
)
def test_the_first_difference_is_found_where_it_was_expected(wanted: object, came: object, place: object) -> None:
    assert first_difference(wanted, came) == place
