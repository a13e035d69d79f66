"""Boolean functions as diagrams."""

# pyright: reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from interpreter.plan import bdd
from interpreter.plan.bdd import FALSE, TRUE, Diagrams

TREES = st.recursive(
    st.integers(0, 4),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
        st.tuples(st.just("if"), inner, inner, inner),
    ),
    max_leaves=12,
)


def value(tree, row):
    match tree:
        case ("not", a):
            return not value(a, row)
        case ("and", a, b):
            return value(a, row) and value(b, row)
        case ("or", a, b):
            return value(a, row) or value(b, row)
        case ("if", a, b, c):
            return value(b, row) if value(a, row) else value(c, row)
    return row[tree]


def built(d, tree, variables):
    match tree:
        case ("not", a):
            return built(d, a, variables) ^ 1
        case ("and", a, b):
            return d.both(built(d, a, variables), built(d, b, variables))
        case ("or", a, b):
            return d.either(built(d, a, variables), built(d, b, variables))
        case ("if", a, b, c):
            return d.choose(*(built(d, part, variables) for part in (a, b, c)))
    return variables[tree]


@given(TREES, TREES)
def test_equal_functions_are_equal_numbers_and_others_have_a_witness(one, other):
    d = Diagrams(10_000)
    variables = [d.fresh() for _ in range(5)]
    f, g = built(d, one, variables), built(d, other, variables)
    rows = list(product((False, True), repeat=5))
    assert (f == g) == all(value(one, row) == value(other, row) for row in rows)
    meeting = d.meet(f, g)
    assert (meeting is None) == (not any(value(one, row) and value(other, row) for row in rows))
    if meeting is not None:
        row = [meeting.get(at, False) for at in range(5)]
        assert value(one, row)
        assert value(other, row)


def test_a_witness_keeps_the_values_that_are_fixed():
    d = Diagrams(100)
    x, y = d.fresh(), d.fresh()
    assert d.meet(d.either(x, y), TRUE, {0: False}) == {0: False, 1: True}
    assert d.meet(d.either(x, y), TRUE, {1: False, 0: False}) is None


def test_a_variable_is_known_as_one():
    d = Diagrams(100)
    x, y = d.fresh(), d.fresh()
    assert d.is_variable(x)
    assert not any(map(d.is_variable, (x ^ 1, d.both(x, y), TRUE, FALSE)))


def test_over_the_budget_a_conjunction_is_a_fresh_variable_that_proves_nothing_wrong():
    d = Diagrams(3)
    x, y = d.fresh(), d.fresh()
    both = d.both(x, y)
    assert d.both(y, x) == both
    assert d.meet(both, x ^ 1) is not None


def test_a_thousand_variables_need_no_recursion():
    d = Diagrams(10_000)
    variables = [d.fresh() for _ in range(3_000)]
    assert d.meet(d.all(reversed(variables)), d.any(variables)) is not None


def test_a_search_that_takes_too_long_ends_as_if_it_had_found_something(monkeypatch):
    monkeypatch.setattr(bdd, "STEPS", 2)
    d = Diagrams(100)
    variables = [d.fresh() for _ in range(6)]
    assert d.meet(d.all(variables), d.all(variables[:5]) ^ 1) == {}
