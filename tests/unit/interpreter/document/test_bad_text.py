"""Text that is not what it should be: one clear problem for each, with its place."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interpreter.document import json as json_text
from interpreter.document import yaml as yaml_text
from interpreter.document.read import Reading, read_document


def read_json(text: str) -> Reading:
    return read_document(text, "application/json")


def read_yaml(text: str) -> Reading:
    return read_document(text, "application/yaml")


def brief(reading: Reading) -> list[tuple[str, str, int | None, int | None]]:
    return [(problem.code, problem.dotted, problem.line, problem.column) for problem in reading.problems]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1,\n "a": 2}', ("duplicate_key", "a", 2, 2)),
        ('{"a": {"b": 1, "b": 1}}', ("duplicate_key", "a.b", 1, 16)),
        ('{"a": NaN}', ("not_a_number", "a", 1, 2)),
        ("[1, -Infinity]", ("not_a_number", "[1]", 1, 5)),
        ('{"a": 1e999}', ("number_too_large", "a", 1, 7)),
        ('{"a": 9223372036854775808}', ("number_too_large", "a", 1, 7)),
        ('{"a": ' + "9" * 5000 + "}", ("number_too_large", "a", 1, 7)),
        ('{"a": "\\ud800"}', ("invalid_character", "a", 1, 7)),
        ('{"\\ud800": 1}', ("invalid_character", "", 1, 2)),
        ('{"a": ["\\u0000"]}', ("invalid_character", "a[0]", 1, 8)),
        ("[" * 200 + "]" * 200, ("too_deep", "[0]" * 64, 1, 65)),
        ("[" * 100_000, ("too_deep", "[0]" * 64, 1, 65)),
        ("", ("invalid_json", "", 1, 1)),
        ("{", ("invalid_json", "", 1, 2)),
        ('{"a": 1,}', ("invalid_json", "", 1, 9)),
        ('{"a" 1}', ("invalid_json", "a", 1, 6)),
        ('{"a": 1 "b": 2}', ("invalid_json", "", 1, 9)),
        ("{'a': 1}", ("invalid_json", "", 1, 2)),
        ("[1, 2", ("invalid_json", "[2]", 1, 6)),
        ("[1, ]", ("invalid_json", "[1]", 1, 5)),
        ("[1 2]", ("invalid_json", "[1]", 1, 4)),
        ("[1}", ("invalid_json", "[1]", 1, 3)),
        ("nul", ("invalid_json", "", 1, 1)),
        ("{} {}", ("invalid_json", "", 1, 4)),
        ('"abc', ("invalid_json", "", 1, 1)),
        ('"a\nb"', ("invalid_json", "", 1, 1)),
        ("[01]", ("invalid_json", "[1]", 1, 3)),
        ("{1: 2}", ("invalid_json", "", 1, 2)),
        ("// comment\n{}", ("invalid_json", "", 1, 1)),
    ],
)  # fmt: skip
def test_text_that_is_not_json_has_a_problem_with_its_place(text: str, found: tuple[Any, ...]) -> None:
    found_at = brief(read_json(text))
    assert len(found_at) == 1
    code, path, line, column = found_at[0]
    assert (code, path, line) == found[:3]
    assert column == found[3] or code == "not_a_number"


def test_several_problems_of_a_json_text_come_at_once() -> None:
    text = '{"a": NaN, "a": 1, "b": "\\u0000", "c": 99999999999999999999}'
    assert [code for code, *_ in brief(read_json(text))] == [
        "not_a_number",
        "duplicate_key",
        "invalid_character",
        "number_too_large",
    ]


def test_ten_thousand_keys_are_the_limit_of_an_object() -> None:
    for read, text in (
        (read_json, json.dumps({f"k{n}": n for n in range(10_001)})),
        (read_yaml, "\n".join(f"k{n}: 1" for n in range(10_001))),
    ):
        assert [problem.message for problem in read(text).problems] == ["an object has at most 10,000 keys"]


def test_a_syntax_error_says_what_is_expected() -> None:
    assert read_json('{"a" 1}').problems[0].message == "this is not JSON: : is expected, but `1` stands here"
    assert read_json("[1, 2").problems[0].message == "this is not JSON: , or ] is expected, but the text ends"


def test_a_long_key_is_named_in_short() -> None:
    field = '"' + "k" * 500 + '": 1'
    assert len(read_json(f"{{{field}, {field}}}").problems[0].message) < 120


def test_a_surrogate_pair_is_a_character() -> None:
    assert json_text.scan('"\\ud83d\\ude00"').value == "😀"
    assert json_text.scan('"\\ud83d\\ude00"').problems == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\na: 2", ("duplicate_key", "a", 2, 1)),
        ("a: &x 1", ("yaml_anchor", "a", 1, 4)),
        ("- &x [1]", ("yaml_anchor", "[0]", 1, 3)),
        ("a: !!str 5", ("yaml_tag", "a", 1, 4)),
        ("a: !ruby/object {}", ("yaml_tag", "a", 1, 4)),
        ("--- 1\n--- 2", ("yaml_documents", "", 2, 1)),
        ("a: .nan", ("not_a_number", "a", 1, 4)),
        ("a: -.inf", ("not_a_number", "a", 1, 4)),
        ("a: 99999999999999999999", ("number_too_large", "a", 1, 4)),
        ("a: " + "9" * 5000, ("number_too_large", "a", 1, 4)),
        ("a: 1e999", ("number_too_large", "a", 1, 4)),
        ('a: "\\0"', ("invalid_character", "a", 1, 4)),
        ("a: {{ x }}", ("yaml_key", "a", 1, 5)),
        ("? [1]\n: 2", ("yaml_key", "", 1, 3)),
        ("[" * 200 + "]" * 200, ("too_deep", "[0]" * 64, 1, 65)),
        ("{a: " * 200 + "}" * 200, ("too_deep", ".".join("a" * 64), 1, 257)),
        ("a: [1,", ("invalid_yaml", "", 2, 1)),
        ("a:\n\t- 1", ("invalid_yaml", "", 2, 1)),
        ("a: 'x", ("invalid_yaml", "", 1, 6)),
        ("a: \x01", ("invalid_yaml", "", None, None)),
    ],
)
def test_yaml_beyond_json_has_a_problem_with_its_place(text: str, found: tuple[Any, ...]) -> None:
    assert brief(read_yaml(text)) == [found]


def test_aliases_are_problems_wherever_they_stand() -> None:
    assert brief(read_yaml("a: &x 1\nb: *x\n*x : 2")) == [
        ("yaml_anchor", "a", 1, 4),
        ("yaml_anchor", "b", 2, 4),
        ("yaml_anchor", "", 3, 1),
    ]  # fmt: skip


def test_an_alias_bomb_is_never_expanded() -> None:
    text = "a: &a [x]\n" + "".join(
        f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert {code for code, *_ in brief(read_yaml(text))} == {"yaml_anchor"}


def test_a_tab_in_the_indentation_is_named() -> None:
    assert read_yaml("a:\n\t- 1").problems[0].fix == "Indent with spaces."


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("yes", "yes"), ("no", "no"), ("12:30", "12:30"), ("2026-01-01", "2026-01-01"), ("010", 10), ("0o10", 8), ("0x1F", 31),
        ("1e3", 1000.0), (".5", 0.5), ("-1.", -1.0), ("+7", 7), ("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None),
        ("", None), ("'5'", "5"), ('"true"', "true"), ("|\n  a\n  b", "a\nb"), ("1_000", "1_000"), ("<<", "<<"), ("=", "="), ("1.2.3", "1.2.3"),
    ],
)  # fmt: skip
def test_scalars_are_read_by_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    found = yaml_text.scan(f"a: {text}").value["a"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_text_as_they_are_written() -> None:
    assert yaml_text.scan("on: 1\n200: 2\nnull: 3").value == {"on": 1, "200": 2, "null": 3}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)
relaxed = settings(
    deadline=None,
    derandomize=True,
    max_examples=500,
    database=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)


@relaxed
@given(values, st.sampled_from([None, 2]), st.booleans())
def test_the_scanner_reads_json_as_the_standard_library_does(value: Any, indent: int | None, ascii_only: Any) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    builder = json_text.scan(text)
    if not builder.problems:
        assert builder.value == json.loads(text)
        assert () in builder.marks
    else:
        assert "\\u0000" in text


@relaxed
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(
            [*'{}[]:,"', "1", "a", "true", "NaN", "- ", "\n", "\t", "&a", "*a", "!t", "{{", "'", "#", "|", ">"]
        ),
        max_size=20,
    ).map("".join)
)
def test_any_text_is_a_document_or_has_problems(text: str) -> None:
    for reading in (read_json(text), read_yaml(text)):
        assert reading.document is None
        assert reading.problems
