"""The functions of the language."""

from typing import Any

import pytest

from interpreter.expressions import ExpressionError, ExpressionProblem, parse
from interpreter.expressions.functions import FUNCTIONS
from tests.unit.interpreter.expressions.conftest import Language

EXAMPLES: list[tuple[str, Any]] = [
    ("size('äöü')", 3),
    ("size([1, 2])", 2),
    ("input.counts.size()", 3),
    ("contains('abc', 'b')", True),
    ("'abc'.startsWith('ab')", True),
    ("endsWith('abc', 'bc')", True),
    ("lower('ÄB')", "äb"),
    ("upper('straße')", "STRASSE"),
    ("trim('  a\\n')", "a"),
    ("split('a,b,c', ',')", ["a", "b", "c"]),
    ("split('a,b,c', ',', 2)", ["a", "b,c"]),
    ("split('a,b,c', ',', 0)", []),
    ("split('a,b', ',', -1)", ["a", "b"]),
    ("split('abc', '')", ["a", "b", "c"]),
    ("split('abc', '', 2)", ["a", "bc"]),
    ("join(['a', 'b'])", "ab"),
    ("['a', 'b'].join('-')", "a-b"),
    ("replace('banana', 'a', 'o')", "bonono"),
    ("replace('banana', 'a', 'o', 2)", "bonona"),
    ("replace('banana', 'a', 'o', 0)", "banana"),
    ("replace('banana', 'a', 'o', -5)", "bonono"),
    ("substring('hello', 1, 3)", "el"),
    ("substring('hello', 3)", "lo"),
    ("substring('hello', 3, 99)", "lo"),
    ("substring('hello', 9)", ""),
    ("json({'b': [1.0, null, true], 'a': 'ä'})", '{"a":"ä","b":[1,null,true]}'),
    ("json('a\"b')", '"a\\"b"'),
    ("url_encode('a b&c/ü')", "a%20b%26c%2F%C3%BC"),
    ("base64('hello')", "aGVsbG8="),
    ("int('42')", 42),
    ("int('-7')", -7),
    ("int(3.9)", 3),
    ("int(-3.9)", -3),
    ("double('2.5')", 2.5),
    ("double('1e3')", 1000),
    ("double(7)", 7),
    ("string(1.0)", "1"),
    ("string(true)", "true"),
    ("string('a')", "a"),
    ("string([1, 2.0])", "[1,2]"),
    ("bool('true')", True),
    ("bool('false')", False),
    ("bool(true)", True),
    ("['1', 't', 'True', 'TRUE', '0', 'f', 'False', 'FALSE'].map(x, bool(x))", [True] * 4 + [False] * 4),
    ("div(9, 2)", 4),
    ("abs(-1.5)", 1.5),
    ("min([3, 1.5, 2])", 1.5),
    ("min(3, 1)", 1),
    ("max('a', 'b')", "b"),
    ("max(input.numbers)", 3),
    ("round(2.5)", 3),
    ("round(-2.5)", -3),
    ("round(2.675, 2)", 2.68),
    ("round(7)", 7),
    ("round(1e300)", 1e300),
    ("floor(-1.5)", -2),
    ("ceil(1.2)", 2),
    ("ceil(1e300)", 1e300),
    ("sum([1, 2.5])", 3.5),
    ("sum([])", 0),
    ("sort([3, 1.5, 2])", [1.5, 2, 3]),
    ("sort(['b', 'a', 'ä'])", ["a", "b", "ä"]),
    ("sort([])", []),
    ("distinct([1, 1.0, '1', true, [1], [1.0], {'a': 1}, {'a': 1.0}])", [1, "1", True, [1], {"a": 1}]),
    ("flatten([[1], [2, [3]], 4])", [1, 2, [3], 4]),
    ("reverse([1, 2])", [2, 1]),
    ("slice([1, 2, 3], 1, 2)", [2]),
    ("slice([1, 2, 3], 1)", [2, 3]),
    ("slice([1, 2, 3], 0, 10)", [1, 2, 3]),
    ("range(3)", [0, 1, 2]),
    ("range(2, 4)", [2, 3]),
    ("range(-1)", []),
    ("keys(input.counts)", ["a", "b", "ä"]),
    ("values(input.counts)", [2, 1, 3]),
    ("entries({'b': 1, 'a': 2})", [{"key": "a", "value": 2}, {"key": "b", "value": 1}]),
    ("merge({'a': 1, 'b': 1}, {'b': 2})", {"a": 1, "b": 2}),
    ("timestamp('2026-01-01T00:00:00Z')", 1767225600),
    ("timestamp('2026-01-01t01:00:00.250+01:00')", 1767225600.25),
    ("timestamp('2026-01-01T00:00:00.123456789Z') > timestamp('2026-01-01T00:00:00.1Z')", True),
    ("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('1d')", True),
    ("duration('1h30m')", 5400),
    ("duration('-250ms')", -0.25),
    ("format_timestamp(timestamp('2026-01-01T00:00:00Z') + duration('36h'))", "2026-01-02T12:00:00Z"),
    ("format_timestamp(0.5)", "1970-01-01T00:00:00.500000Z"),
    ("timestamp(timestamp('2026-01-01T00:00:00Z'))", 1767225600),
    ("duration(duration('90s'))", 90),
    ("duration('1s500us') - duration('500000ns') == 1", True),
    ("timestamp('2026-11-22T23:30:05.25Z').getFullYear()", 2026),
    ("timestamp('2026-11-22T23:30:05.25Z').getMonth()", 10),
    ("timestamp('2026-11-22T23:30:05.25Z').getDate()", 22),
    ("timestamp('2026-11-22T23:30:05.25Z').getDayOfMonth()", 21),
    ("timestamp('2026-11-22T23:30:05.25Z').getDayOfWeek()", 0),
    ("timestamp('2026-11-22T23:30:05.25Z').getDayOfYear()", 325),
    ("timestamp('2026-11-22T23:30:05.25Z').getHours()", 23),
    ("timestamp('2026-11-22T23:30:05.25Z').getMinutes()", 30),
    ("timestamp('2026-11-22T23:30:05.25Z').getSeconds()", 5),
    ("timestamp('2026-11-22T23:30:05.25Z').getMilliseconds()", 250),
    ("timestamp('2026-11-22T23:30:00Z').getDayOfWeek('+01:00')", 1),
    ("timestamp('2026-11-22T23:30:00Z').getHours('-02:30')", 21),
    ("timestamp('2026-11-22T23:30:00Z').getHours('UTC')", 23),
]


@pytest.mark.parametrize(("source", "expected"), EXAMPLES)
def test_a_function_gives_what_its_name_promises(source: str, expected: Any, value: Language) -> None:
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


def test_every_function_has_an_example() -> None:
    assert [name for name in FUNCTIONS if not any(f"{name}(" in source for source, _ in EXAMPLES)] == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("size(1)", "`size`: the argument must be text, a list or an object, not a number"),
        ("contains([1], 1)", "`contains`: the argument must be text, not a list; write `item in list`"),
        ("contains('a', 1)", "`contains`: the part must be text, not a number"),
        ("lower(1)", "`lower`: the argument must be text, not a number"),
        ("join('a')", "`join`: the argument must be a list, not text"),
        ("join([1])", "`join`: each item must be text, not a number"),
        ("keys([1])", "`keys`: the argument must be an object, not a list"),
        ("abs('a')", "`abs`: the argument must be a number, not text"),
        ("substring('abc', -1)", "`substring`: the start must not be negative and the end not before the start"),
        ("slice([1], 1, 0)", "`slice`: the start must not be negative and the end not before the start"),
        ("slice([1], 'a')", "`slice`: the start must be an integer, not text"),
        ("int('1.5')", "`int`: this text is not an integer"),
        ("int('1_000')", "`int`: this text is not an integer"),
        ("int('١٢')", "`int`: this text is not an integer"),
        ("int('9223372036854775808')", "`int`: this text is not an integer"),
        ("int(1e19)", "`int`: the result does not fit in 64 bits"),
        ("double('nan')", "`double`: the number is too large"),
        ("double('x')", "`double`: this text is not a number"),
        ("string(null)", "`string`: null has no text; write `coalesce(value, '')`"),
        ("bool(1)", "`bool`: the argument must be a boolean or text, not a number"),
        ("bool('yes')", "`bool`: this text is not true or false"),
        ("round(1.5, 16)", "`round`: the digits must lie between 0 and 15"),
        ("round(1.5, 0.5)", "`round`: the digits must be an integer, not a fraction"),
        ("min([])", "`min`: the list is empty"),
        ("min([1, 'a'])", "`min`: the items must be all numbers or all text"),
        ("sort([true])", "`sort`: the items must be all numbers or all text"),
        ("sum(['a'])", "`sum`: each item must be a number, not text"),
        ("timestamp('2026-01-01')", "`timestamp`: this text is not a time like 2026-01-31T12:00:00Z"),
        ("timestamp('2026-02-30T00:00:00Z')", "`timestamp`: this text is a time that does not exist"),
        ("timestamp('0001-01-01T00:00:00+14:00') < 0 && [][0]", "`[][0]` is absent"),
        ("duration('5 parsecs')", "`duration`: this text is not a duration like 90s, 1h30m or 3d"),
        ("duration('')", "`duration`: this text is not a duration like 90s, 1h30m or 3d"),
        ("timestamp(1e15)", "`timestamp`: this number of seconds is no time between the years 1 and 9999"),
        ("timestamp(true)", "`timestamp`: the time must be a number, not a boolean"),
        ("duration(null)", "`duration`: the duration must be a number, not null"),
        ("getHours('2026-01-01T00:00:00Z')", "`getHours`: the argument must be a number, not text"),
        ("getHours(0, 'Europe/Vienna')", "`getHours`: the offset must be UTC or like +02:00; the names of time zones are not known"),
        ("getFullYear(-62135596800, '-01:00')", "`getFullYear`: this number of seconds is no time between the years 1 and 9999"),
        ("format_timestamp(1e15)", "`format_timestamp`: this number of seconds is no time between the years 1 and 9999"),
        ("format_timestamp(1e300)", "`format_timestamp`: this number of seconds is no time between the years 1 and 9999"),
    ],
)  # fmt: skip
def test_a_function_refuses_what_it_has_no_answer_for(source: str, message: str, value: Language) -> None:
    with pytest.raises(ExpressionError) as failure:
        value(source)
    assert failure.value.message == message


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("lenght(x)", None),
        ("len(x)", "Write `size(value)`."),
        ("x.starts_with('a')", "Did you mean `startsWith`?"),
        ("x.matches('a+')", "There are no regular expressions; use `contains`, `startsWith`, `endsWith` or `split`."),
        ("now()", "There is no clock, so that an expression always has the same value; read `run.started_at`."),
        ("random()", None),
        ("type(1)", "There is no `type`; a schema says what type a value has."),
        ("a.orValue(1)", "Write `coalesce(value, other)`."),
    ],
)
def test_what_is_no_function_of_the_language_is_a_problem_when_saved(source: str, fix: str | None) -> None:
    with pytest.raises(ExpressionProblem, match="there is no function") as problem:
        parse(source)
    assert problem.value.fix == fix


def test_a_wrong_number_of_arguments_is_a_problem_that_shows_the_usage() -> None:
    with pytest.raises(ExpressionProblem, match=r"`replace` is written `replace\(text, old, new, limit\?\)`"):
        parse("replace('a')")
