"""What expressions evaluate to."""

from typing import Any

import pytest

from interpreter.expressions import ExpressionError, Scope, Unresolved, evaluate, parse
from interpreter.expressions.tree import Binary, Constant, Fact, Name
from tests.unit.interpreter.expressions.conftest import NAMES, Language


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("nodes.score.output.value > vars.threshold", True),
        ("input['region']", "eu"),
        ("input.rows[1].id", 2),
        ("input.rows[1.0].id", 2),
        ("[1, 2, 3][0]", 1),
        ("{'a': {'b': 1}}.a.b", 1),
        ("[[1], [2]][1][0]", 2),
        ("input.amount > 100 ? 'large' : 'small'", "large"),
        ("input.amount > 200 ? 'large' : 'small'", "small"),
        ("'eu' in ['eu', 'us']", True),
        ("1 in [true, 2]", False),
        ("1.0 in [1]", True),
        ("'a' in input.counts", True),
        ("1 in {'1': 1}", False),
        ("!true", False),
        ("-input.amount", -120),
        ("- -1", 1),
        ("-(-1)", 1),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", [1, 2]),
        ("'a' < 'b'", True),
        ("false < true", True),
        ("1 < 1.5 && 2 >= 2.0 && 1 <= 1 && 3 > 2", True),
        ("input.nothing == null", True),
        ("null == false", False),
        ("1 == true", False),
        ("0 != false", True),
        ("'1' == 1", False),
        ("[1, {'a': 2.0}] == [1.0, {'a': 2}]", True),
        ("[1] == [1, 2]", False),
        ("{'a': 1} == {'b': 1}", False),
        ("{'a': 1} == {'a': 1, 'b': 1}", False),
        ("[1] == {'a': 1}", False),
        ("input.rows.all(r, r.id > 0)", True),
        ("input.rows.exists(r, r.ok)", True),
        ("input.rows.exists(r, r.id > 5)", False),
        ("input.rows.exists_one(r, r.ok)", True),
        ("input.rows.filter(r, r.ok).map(r, r.id)", [1]),
        ("input.rows.map(r, r.ok, r.id)", [1]),
        ("input.counts.map(k, k)", ["a", "b", "ä"]),
        ("[1, 2].map(x, [10, 20].map(y, x * y))", [[10, 20], [20, 40]]),
        ("[1, 2].map(x, [x].map(x, x + 1)[0] + x)", [3, 5]),
        ("[1].map(input, input)", [1]),
        ("has(input.region)", True),
        ("has(input.nothing)", True),
        ("has(input.nothing.deeper)", False),
        ("has(input.missing.deeper.still)", False),
        ("has(nodes.skipped.output)", False),
        ("has(nodes.unknown.output)", False),
        ("has(input.region.length)", False),
        ("has(input.rows[5])", False),
        ("has(input['region'])", True),
        ("has(other)", False),
        ("coalesce(nodes.skipped.output, input.nothing, 'default')", "default"),
        ("coalesce(input.nothing[0], 1)", 1),
        ("coalesce(input.rows[9], 1)", 1),
        ("'a\\n\\x41\\u00e4\\U0001F600\\101'", "a\nAä😀A"),
        (r"r'\n'", r"\n"),
        ("'''it's'''", "it's"),
        ('"""a "b" c"""', 'a "b" c'),
        ("''", ""),
        ("0x1F + .5 + 1e2", 131.5),
        ("1 // a comment\n + 2", 3),
        ("{{ input.region }}", "eu"),
        ("[1, 2,]", [1, 2]),
        ("{}", {}),
    ],
)
def test_an_expression_has_the_value_that_people_expect(source: str, expected: Any, value: Language) -> None:
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "source",
    [
        "false && input.missing",
        "input.missing && false",
        "!(true || input.missing)",
        "!(input.missing || true)",
        "!(1 > 'a' || true)",
        "1 && false",
        "[1, 'a'].all(x, x > 1)",
        "!['a', 2].exists(x, x > 1)",
    ],
)
def test_a_side_that_decides_absorbs_the_failure_of_the_other(source: str, value: Language) -> None:
    assert value(source) is False


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("true && input.missing", "`input.missing` is absent"),
        ("input.missing && true", "`input.missing` is absent"),
        ("input.missing || 1", "`||` needs true or false, not a number"),
        ("'a' && true", "`&&` needs true or false, not text"),
        ("true && 'a'", "`&&` needs true or false, not text"),
        ("!1", "`!` needs true or false, not a number"),
        ("input.amount ? 1 : 2", "`?` needs true or false, not a number"),
        ("['a'].all(x, x > 1)", "`>` cannot compare text with a number"),
        ("[1].all(x, x)", "`all` needs true or false, not a number"),
        ("[1].filter(x, x)", "`filter` needs true or false, not a number"),
        ("[1].map(x, x, x)", "`map` needs true or false, not a number"),
        ("input.amount.all(x, true)", "`all` needs a list or an object, not a number"),
        ("[1] < [2]", "`<` cannot compare a list with a list"),
        ("true < 1", "`<` cannot compare a boolean with a number"),
        ("true + 1", "`+` has no meaning for a boolean and a number"),
        ("input.region + 1", "`+` has no meaning for text and a number; use `string(x)` to make text of a value"),
        ("-input.region", "`-` has no meaning for a number and text; use `string(x)` to make text of a value"),
        ("'a' in 'abc'", "`in` needs a list or an object, not text; use `contains(text, part)`"),
        ("1 in 2", "`in` needs a list or an object, not a number"),
        ("input.rows['a']", "the index of a list must be an integer, not text"),
        ("input.rows[0.5]", "the index of a list must be an integer, not a fraction"),
        ("input.rows[true]", "the index of a list must be an integer, not a boolean"),
        ("input[1]", "the key of an object must be text, not a number"),
        ("input.region[0]", "`input.region` is text: it has no parts"),
        ("{1: 2}", "the key of an object must be text, not a number"),
        ("{'a': 1, 'a': 2}", "two fields of the object have the same key"),
        ("coalesce(1 / 0, 1)", "division by zero"),
    ],
)
def test_an_expression_without_a_value_says_which_part_has_none(source: str, message: str, value: Language) -> None:
    with pytest.raises(ExpressionError) as failure:
        value(source)
    assert failure.value.message == message


@pytest.mark.parametrize(
    ("source", "message", "at"),
    [
        ("input.missing", "`input.missing` is absent", 6),
        ("1 + input.missing.deeper", "`input.missing` is absent", 10),
        ("input.nothing.nothing", "`input.nothing.nothing` is absent: `input.nothing` is null", 14),
        ("input.region.size", "`input.region.size` is absent: `input.region` is text", 13),
        ("input.rows.id", "`input.rows.id` is absent: `input.rows` is a list", 11),
        ("nodes.skipped.output.value", "`nodes.skipped.output` is absent", 14),
        ("other.thing", "`other` is absent", 0),
        ("input.rows[7]", "`input.rows[7]` is absent", 10),
        ("input.rows[-1]", "`input.rows[-1]` is absent", 10),
        ("input['missing']", '`input["missing"]` is absent', 5),
        ("input.nothing['x']", '`input.nothing["x"]` is absent', 13),
        (
            "coalesce(input.nothing, input.missing)",
            "all of `coalesce(input.nothing, input.missing)` is absent or null",
            0,
        ),
    ],
)
def test_what_is_absent_is_named_with_its_place(source: str, message: str, at: int, value: Language) -> None:
    with pytest.raises(Unresolved) as failure:
        value(source)
    assert (failure.value.message, failure.value.at) == (message, at)
    assert str(failure.value) == f"{message} (at character {at + 1})"


def test_no_message_tells_a_value() -> None:
    secret = "hunter2hunter2"
    scope = Scope({"input": {"secret": secret, "list": [secret], "object": {secret: secret}}})
    sources = [
        "input.secret - 1", "input.secret.x", "input.secret[0]", "input.list[input.secret]", "input.object[input.secret].x.y",
        "input[input.secret]", "input.secret && true", "int(input.secret)", "bool(input.secret)", "timestamp(input.secret)",
        "duration(input.secret)", "input.list.map(x, x + 1)", "sum(input.list)", "input.object.map(k, k / 2)",
    ]  # fmt: skip
    for source in sources:
        with pytest.raises(ExpressionError) as failure:
            evaluate(parse(source), scope)
        assert secret not in str(failure.value) + repr(failure.value)


def test_objects_have_no_order_of_their_own() -> None:
    one, other = Scope({"input": {"b": 1, "a": 2}}), Scope({"input": {"a": 2, "b": 1}})
    for source in (
        "input.map(k, k)",
        "keys(input)",
        "values(input)",
        "entries(input)",
        "json(input)",
        "input.filter(k, true)",
    ):
        assert evaluate(parse(source), one) == evaluate(parse(source), other)


@pytest.mark.parametrize(
    "source",
    ["input.map(k, k)", "input.filter(k, true)", "keys(input)", "entries(input).map(e, e.key)", "values(input)", "sort(values(input))",
     "split(json(input.map(k, k)), '\"').filter(t, t in input)", "split(string(input), '\"').filter(t, t in input).distinct()"],
)  # fmt: skip
def test_objects_are_gone_through_in_code_point_order(source: str) -> None:
    """Not in that of UTF-16, which puts an emoji before U+FFFD, nor in that of any language."""
    keys = ["A", "Z", "a", "z", "ä", "\ufffd", "😀"]
    assert keys == sorted(keys, key=lambda key: key.encode("utf-32-be"))
    scope = Scope({"input": {key: key for key in reversed(keys)}})
    assert evaluate(parse(source), scope) == keys


def test_a_variable_of_a_macro_is_gone_after_it() -> None:
    assert evaluate(parse("[1].map(x, x)[0] + x"), Scope({"x": 10})) == 11


def test_a_fact_is_read_where_it_is_known_and_computed_where_it_is_not() -> None:
    tree = Binary(">", Fact(0, parse("size(input.numbers)")), Constant(2))
    assert evaluate(tree, Scope({}, {0: ("value", 9)})) is True
    assert evaluate(tree, Scope(NAMES)) is True


def test_a_fact_keeps_how_it_failed() -> None:
    tree = Fact(0, Name("x"))
    with pytest.raises(Unresolved, match="it was absent"):
        evaluate(tree, Scope({}, {0: ("absent", "it was absent")}))
    with pytest.raises(ExpressionError, match="division by zero") as failure:
        evaluate(tree, Scope({}, {0: ("error", "division by zero")}))
    assert not isinstance(failure.value, Unresolved)


def test_evaluation_changes_nothing_in_the_scope() -> None:
    names = {"input": {"list": [3, 1], "object": {"a": [1]}}}
    before = repr(names)
    for source in ("sort(input.list)", "reverse(input.list)", "input.list + [1]", "merge(input.object, {'a': 2})"):
        evaluate(parse(source), Scope(names))
    assert repr(names) == before
