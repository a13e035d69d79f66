"""What is answered to who controls a run: the whole table, written out."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.runs.standing import VERBS, Answer, Standing, Verb, answer, offered
from api.runs.views import allowed_actions
from interpreter.state import FINAL_RUN, RunStatus

SHORT: dict[str, Answer] = {"202": "does", "200": "holds", "409": "contradicts"}
TABLE = """
                            cancel pause resume continue step breakpoints budget terminate
pending                     202    202   200    200      409  202         409    202
pending+pause               202    200   202    202      409  202         409    202
pending+resume              202    202   200    200      409  202         409    202
running                     202    202   200    200      409  202         409    202
running$                    202    202   200    200      409  202         202    202
running+pause               202    200   202    202      409  202         409    202
running+resume              202    202   200    200      409  202         409    202
running$+cancel             200    409   409    409      409  409         409    202
running+cancel              200    409   409    409      409  409         409    202
paused                      202    200   202    202      409  202         409    202
paused$                     202    200   202    202      409  202         202    202
paused!                     202    200   202    202      202  202         409    202
paused!+pause               202    200   202    202      202  202         409    202
paused!+resume              202    202   200    200      409  202         409    202
paused!+cancel              200    409   409    409      409  409         409    202
stopping>failed             409    409   409    409      409  409         409    202
stopping>completed          409    409   409    409      409  409         409    202
stopping>cancelled          200    409   409    409      409  409         409    202
completed$                  409    409   409    409      409  409         409    409
completed                   409    409   409    409      409  409         409    409
failed                      409    409   409    409      409  409         409    409
cancelled                   200    409   409    409      409  409         409    409
terminated                  409    409   409    409      409  409         409    200
"""
"""`+` what is asked of it and not answered, `!` it shows nodes that it is paused before, `$` it has a budget, `>` what it will
end as.
"""


def standing(text: str) -> Standing:
    text, _, stopping_as = text.partition(">")
    text, _, requested = text.partition("+")
    steppable, limited = "!" in text, "$" in text
    return Standing(text.rstrip("!$"), requested or None, stopping_as or None, steppable, limited)


def cells() -> list[tuple[str, Verb, Answer]]:
    header, *rows = TABLE.strip().splitlines()
    verbs = header.split()
    assert verbs == list(VERBS)
    return [
        (run, verb, SHORT[code])
        for run, *codes in map(str.split, rows)
        for verb, code in zip(VERBS, codes, strict=True)
    ]


@pytest.mark.parametrize(("run", "verb", "expected"), cells())
def test_each_verb_has_its_answer_in_each_state(run: str, verb: Verb, expected: Answer) -> None:
    assert answer(verb, standing(run)) == expected


def test_the_table_has_every_status() -> None:
    assert {standing(run).status for run, _, _ in cells()} == set(RunStatus)


RUNS = st.builds(
    Standing,
    status=st.sampled_from([str(status) for status in RunStatus]),
    requested=st.sampled_from([None, "cancel", "pause", "resume"]),
    stopping_as=st.sampled_from([None, "completed", "failed", "cancelled"]),
    steppable=st.booleans(),
    limited=st.booleans(),
)


@given(RUNS)
def test_what_is_offered_is_exactly_what_would_change_something(run: Standing) -> None:
    assert offered(run) == [verb for verb in VERBS if answer(verb, run) == "does"]
    row: dict[str, Any] = {
        "status": run.status, "requested": run.requested, "stopping_as": run.stopping_as,
        "steppable": run.steppable, "start_after": 1, "budget": {} if run.limited else None,
    }  # fmt: skip
    assert [action for action in allowed_actions(row) if action in VERBS] == offered(run)


@given(RUNS, st.sampled_from(get_args(Verb)))
def test_an_ended_run_is_never_moved(run: Standing, verb: Verb) -> None:
    assert run.status not in FINAL_RUN or answer(verb, run) != "does"
