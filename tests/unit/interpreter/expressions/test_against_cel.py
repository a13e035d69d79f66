"""The same answers as Google's implementation of CEL, where the profile does not depart from it.

It departs in its numbers (one type), in absence (`has` of any path, null has no fields), in objects
having an order, and in functions of its own; the expressions made here keep clear of these.
"""

import json
from datetime import datetime
from typing import Any

import pytest
from cel_expr_python import cel
from hypothesis import given, settings
from hypothesis import strategies as st

from interpreter.expressions import ExpressionError, ExpressionProblem, Scope, evaluate, parse
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


def ask_cel(source: str, names: dict[str, Any] = NAMES) -> tuple[str, Any]:
    try:
        answer = ENVIRONMENT.compile(source, disable_check=True).eval(data=names)
    except Exception:  # noqa: BLE001  # it raises RuntimeError, ValueError and StatusNotOk
        return "error", None
    return ("error", None) if answer.type() == cel.Type.ERROR else ("value", answer.plain_value())


def ask_plait(source: str, names: dict[str, Any] = NAMES) -> tuple[str, Any]:
    try:
        return "value", evaluate(parse(source), Scope(names))
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
        "numbers.map(t, t)[0] + n", "1 in [1, 'a']", "n in n", "[1, 2, 3,]", "{'a': 1,}", "(((1)))", "1 +", "", "'abc", "x.map(1, 2)", "import",
        "[1, 'a'] == [1.0, 'a']", "1.0 == 1",
    ],
)  # fmt: skip
def test_an_expression_means_what_it_means_in_cel(source: str) -> None:
    assert ask_plait(source) == ask_cel(source)


Sources = st.SearchStrategy[str]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5) | st.sampled_from(
    ["abc", "7", "-1", "true", "1.5"]
)
scalars = st.integers(-3, 9) | texts | st.booleans()
contexts = st.fixed_dictionaries(
    {
        "n": st.integers(-3, 9),
        "t": texts,
        "yes": st.booleans(),
        "numbers": st.lists(st.integers(-3, 9), max_size=4),
        "words": st.lists(texts, max_size=4),
        "object": st.dictionaries(st.sampled_from(["a", "b", "inner"]), scalars | st.dictionaries(st.just("flag"), scalars), max_size=3),
    }
)  # fmt: skip
quoted = texts.map(lambda text: json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f"))
instants = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)).map(
    lambda at: f"timestamp('{at.replace(microsecond=0).isoformat()}Z')"
)
leaves = st.one_of(
    st.integers(-3, 9).map(str),
    quoted,
    st.sampled_from(["true", "false", "null", "[]", "{}", *NAMES, "object.a", "object.inner.flag", "object['b']", "numbers[0]"]),
    st.sampled_from(["has(object.a)", "has(object.missing)", "numbers[7]", "words[0]", "words.exists(w, w == t)"]),
)  # fmt: skip


def shaped(pattern: str, *parts: Sources) -> Sources:
    return st.tuples(*parts).map(lambda drawn: pattern.format(*drawn))


def compound(inner: Sources) -> Sources:
    operators = st.sampled_from(["+", "-", "*", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"])
    # Which of CEL's maps comes first is chance: of one that is gone through, only what does not depend on it.
    orderless, ordered = st.sampled_from(["all", "exists", "exists_one"]), st.sampled_from(["filter", "map"])
    listed = st.sampled_from(["numbers", "words"]) | shaped("[{}, {}]", inner, inner)
    fractions = st.sampled_from(["0.5", "-2.25", "1e3", "double(n)", "double('1.5')"])
    zones = st.sampled_from(["", "'UTC'", "'+05:30'", "'-00:45'"])
    parts = st.sampled_from(
        ["FullYear", "Month", "Date", "DayOfMonth", "DayOfWeek", "DayOfYear", "Hours", "Minutes", "Seconds"]
    )
    return st.one_of(
        shaped("({} {} {})", inner, operators, inner),
        shaped("({} ? {} : {})", inner, inner, inner),
        # CEL's parser drops `!!` with the check that its operand is a boolean.
        shaped("!({} || false)", inner),
        shaped("-(0 + {})", inner),
        shaped("[{}, {}]", inner, inner),
        shaped("{{'a': {}, 'b': {}}}", inner, inner),
        shaped("({})[{}]", inner, inner),
        shaped("({}).a", inner),
        shaped("({}).{}(v, {})", listed | st.just("object"), orderless, inner),
        shaped("({}).{}(v, v {} {})", listed, orderless | ordered, operators, inner),
        shaped("({}).{}(v, {})", listed, ordered, inner),
        shaped("({}).map(v, {}, v)", listed, inner),
        shaped("size({})", inner),
        shaped("({}).{}({})", inner, st.sampled_from(["contains", "startsWith", "endsWith"]), inner),
        shaped("int({})", quoted | st.sampled_from(["n", "t", "1.5", "-1.5"])),
        shaped("string({})", st.sampled_from(["n", "t", "yes", "7"]) | quoted),
        shaped("bool({})", quoted | st.sampled_from(["yes", "t", "'TRUE'", "'f'"])),
        shaped("({} {} {} < {})", fractions, st.sampled_from("+-*"), fractions, fractions | st.integers(-3, 9).map(str)),
        shaped("{}.get{}({})", instants, parts, zones),
        shaped("({} < {} + duration('1h30m'))", instants, instants),
    )  # fmt: skip


@settings(conftest.PROFILE, max_examples=1000)
@given(st.recursive(leaves, compound, max_leaves=8), contexts)
def test_a_random_expression_has_the_value_that_it_has_in_cel(source: str, names: dict[str, Any]) -> None:
    assert ask_plait(source, names) == ask_cel(source, names)
