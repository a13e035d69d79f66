"""The same answers as Google's implementation of CEL, where the profile does not depart from it.

It departs in its numbers (one type), in absence (`has` of any path, null has no fields), in objects
having an order, and in functions of its own; the expressions made here keep clear of these.
"""

from typing import Any

import pytest
from cel_expr_python import cel
from hypothesis import given, settings
from hypothesis import strategies as st

from interpreter.expressions import ExpressionError, ExpressionProblem, Scope, evaluate, parse, source_of
from interpreter.expressions.tree import (
    Binary,
    Conditional,
    Constant,
    Expression,
    Index,
    ListLiteral,
    Macro,
    Member,
    Name,
    Unary,
)
from tests.unit.interpreter.expressions import conftest

NAMES: dict[str, Any] = {
    "n": 7,
    "t": "abc",
    "yes": True,
    "numbers": [3, 1, 2],
    "words": ["b", "a"],
    "object": {"a": 1, "b": "text", "inner": {"flag": False}},
}
ENVIRONMENT = cel.NewEnv(variables=dict.fromkeys(NAMES, cel.Type.DYN))


def ask_cel(source: str) -> tuple[str, Any]:
    try:
        answer = ENVIRONMENT.compile(source, disable_check=True).eval(data=NAMES)
    except Exception:  # noqa: BLE001  # it raises RuntimeError, ValueError and StatusNotOk
        return "error", None
    return ("error", None) if answer.type() == cel.Type.ERROR else ("value", answer.plain_value())


def ask_plait(source: str) -> tuple[str, Any]:
    try:
        return "value", evaluate(parse(source), Scope(NAMES))
    except (ExpressionError, ExpressionProblem):
        return "error", None


@pytest.mark.parametrize(
    "source",
    [
        "1 + 2 * 3 - 4", "7 % 4", "-7 % 4", "-n", "n == 7 && t != 'x'", "n > 3 ? 'a' : 'b'", "yes || n / 0 == 1", "!yes", "'a' + t",
        "[1, 2] + numbers", "2 in numbers", "'a' in object", "'z' in object", "numbers[1]", "numbers[9]", "object.inner.flag", "object['b']",
        "object.missing", "has(object.a)", "has(object.z)", "size(t)", "size(numbers)", "numbers.size()", "t.contains('b')",
        "t.startsWith('ab')", "t.endsWith('bc')", "numbers.all(x, x > 0)", "numbers.exists(x, x == 2)", "numbers.exists_one(x, x > 1)",
        "numbers.filter(x, x > 1)", "numbers.map(x, x * 2)", "numbers.map(x, x > 1, x * 2)", "[[1], [2]].map(x, x[0])",
        "numbers.all(x, x / 0 > 1 || x > 0)", "[true, 1].exists(x, x)", "'a' < 'b'", "false < true", "[1] == [1]", "{'a': [1]} == {'a': [1]}",
        "1 == 'a'", "null == null", "9223372036854775807 + 1", "-9223372036854775808 - 1", "1 / 0", "1 % 0", "true && 'a'", "false && 'a'",
        "'a' || true", "int('42')", "int('x')", "string(1)", "string(true)", "bool('true')", "double('2.5')", "'\\u00e4\\x41\\101' == 'äAA'",
        r"r'\n' == '\\n'", "'''a'b'''", "size('😀')", "1 > 2 ? 1 / 0 : 3", "a.b", "t.x", "n[0]", "numbers['a']", "!1", "-t", "t * 2", "1 ? 2 : 3",
        "numbers.map(t, t)[0] + n", "1 in [1, 'a']", "n in n", "[1, 2, 3,]", "{'a': 1,}", "(((1)))", "1 +", "", "'abc", "x.map(1, 2)", "has(n)",
        "b'abc' == 'abc'", "import", "[1, 'a'] == [1.0, 'a']", "1.0 == 1",
    ],
)  # fmt: skip
def test_an_expression_means_what_it_means_in_cel(source: str) -> None:
    if source in ("b'abc' == 'abc'", "has(n)"):
        pytest.skip("there are no bytes, and `has` takes a name")
    assert ask_plait(source) == ask_cel(source)


def small(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operators = st.sampled_from(["+", "-", "*", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"])
    return st.one_of(
        st.builds(Binary, operators, inner, inner),
        st.builds(Conditional, inner, inner, inner),
        # CEL's parser drops `!!` with the check that its operand is a boolean.
        st.builds(Unary, st.just("!"), inner.filter(lambda tree: not isinstance(tree, Unary))),
        st.lists(inner, max_size=3).map(lambda items: ListLiteral(tuple(items))),
        st.builds(Index, inner, inner),
        st.builds(Member, st.just(Name("object")), st.sampled_from(["a", "b", "inner", "missing"])),
        st.builds(
            Macro, st.sampled_from(["all", "exists", "exists_one", "filter", "map"]),
            st.one_of(st.lists(inner, max_size=3).map(lambda items: ListLiteral(tuple(items))), st.sampled_from([Name("numbers"), Name("words")])),
            st.just("v"), inner | st.builds(Binary, operators, st.just(Name("v")), inner),
        ),
    )  # fmt: skip


leaves = st.one_of(
    st.integers(-3, 9).map(Constant),
    st.sampled_from(["", "a", "abc"]).map(Constant),
    st.booleans().map(Constant),
    st.just(Constant(None)),
    st.sampled_from(sorted(NAMES)).map(Name),
)


@settings(conftest.PROFILE, max_examples=1500)
@given(st.recursive(leaves, small, max_leaves=8))
def test_a_random_expression_has_the_value_that_it_has_in_cel(tree: Expression) -> None:
    source = source_of(tree)
    assert ask_plait(source) == ask_cel(source), source
