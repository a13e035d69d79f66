"""What is an expression, and what is said about a text that is none."""

import pytest

from interpreter.expressions import ExpressionProblem, parse, parse_template, source_of
from interpreter.expressions.tree import Constant, Member, Name, Template


@pytest.mark.parametrize(
    ("source", "canonical"),
    [
        ("1+2*3", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("1-(2-3)", "1 - (2 - 3)"),
        ("(1-2)-3", "1 - 2 - 3"),
        ("a&&b||c&&d", "a && b || c && d"),
        ("a&&(b||c)", "a && (b || c)"),
        ("(a?b:c)?d:e", "(a ? b : c) ? d : e"),
        ("a?b:(c?d:e)", "a ? b : c ? d : e"),
        ("a ? (b ? 1 : 2) : 3", "a ? (b ? 1 : 2) : 3"),
        ("!(a&&b)", "!(a && b)"),
        ("!a.b", "!a.b"),
        ("-(a+b)", "-(a + b)"),
        ("(-1).x", "(-1).x"),
        ("-a.b", "-a.b"),
        ("2 - -1", "2 - -1"),
        ("a in b == c", "a in b == c"),
        ("x.size()", "size(x)"),
        ("(a+b).map(x,x>1,x)", "(a + b).map(x, x > 1, x)"),
        ("x.all(y,y)", "x.all(y, y)"),
        ("{'a':{}}", '{ "a": { } }'),
        ("[1,'a',null,true]", '[1, "a", null, true]'),
        ("has( a.b )", "has(a.b)"),
        ("coalesce(a,b)", "coalesce(a, b)"),
        ("a['b'][0]", 'a["b"][0]'),
        ("a.`content-type`.`x y/z.1`", 'a["content-type"]["x y/z.1"]'),
        ("has(a.`b-c`)", 'has(a["b-c"])'),
        ("'it\\'s \\\\ \\u007f'", '"it\'s \\\\ \\u007f"'),
        ("{{ a.b }}", "a.b"),
        ("  {{a}}\n", "a"),
        ("a.in.true.package", "a.in.true.package"),
    ],
)
def test_an_expression_has_one_canonical_text(source: str, canonical: str) -> None:
    assert source_of(parse(source)) == canonical
    assert source_of(parse(canonical)) == canonical


@pytest.mark.parametrize(
    ("source", "message", "at"),
    [
        ("", "an expression is missing here", 0),
        ("  ", "an expression is missing here", 2),
        ("{{ }}", "an expression is missing here", 3),
        ("1 +", "the expression ends too early", 3),
        ("(1", "`)` is missing: a bracket is not closed", 2),
        ("[1", "`]` is missing: or a comma", 2),
        ("[1 2]", "`]` is missing: or a comma", 3),
        ("a[1", "`]` is missing: an index is written `a[0]` or `a['key']`", 3),
        ("{'a' 1}", "`:` is missing: an object is written `{'key': value}`", 5),
        ("a ? b", "`:` is missing: `a ? b : c` has two branches", 5),
        ("a b", "`b` has no meaning here", 2),
        ("a 'b'", "this text has no meaning here", 2),
        ("a and b", "`and` has no meaning here", 2),
        (") a", "`)` has no meaning here", 0),
        ("a.", "the name of a field is missing after `.`", 2),
        ("a.?b", "the name of a field is missing after `.`", 2),
        ("a.1", "`.1` has no meaning here", 1),
        ("a.map(1, 2)", "`map` needs the name of a variable first", 6),
        ("a.map(in, 2)", "`map` needs the name of a variable first", 6),
        ("a.map(x)", "`,` is missing: `map` needs a variable and an expression", 7),
        ("a.map(x, 1, 2, 3)", "`map` needs a variable and an expression", 2),
        ("a.filter(x, 1, 2)", "`filter` needs a variable and an expression", 2),
        ("a.has(b)", "`has` is not a method", 2),
        ("a.coalesce(b)", "`coalesce` is not a method", 2),
        ("has(1)", "`has` takes one path", 0),
        ("has(a, b)", "`has` takes one path", 0),
        ("coalesce()", "`coalesce` needs at least one argument", 0),
        ("import", "`import` is a reserved word", 0),
        ("a = 1", "`=` has no meaning here", 2),
        ("a & b", "`&` has no meaning here", 2),
        ("a | upper", "`|` has no meaning here", 2),
        ("$a", "`$` has no meaning here", 0),
        ("2 ^ 3", "`^` has no meaning here", 2),
        ("a; b", "`;` has no meaning here", 1),
        ("a\u200b", "`U+200B` has no meaning here", 1),
        ("`a-b`", "`a-b` has no meaning here", 0),
        ("a.`b", "``` has no meaning here", 2),
        ("a.``", "``` has no meaning here", 2),
        ("имя", "`и` has no meaning here", 0),
        ("'abc", "the text that begins here is never closed", 0),
        ("'a\nb'", "the text that begins here is never closed", 0),
        ("'\\q'", "`\\q` is no escape", 0),
        ("'\\U00110000'", "this escape names no character", 0),
        ("'\\ud800'", "text cannot hold the character U+0000 or half of a surrogate pair", 0),
        ("'\\x00'", "text cannot hold the character U+0000 or half of a surrogate pair", 0),
        ("1u", "this is not a number", 0),
        ("1abc", "this is not a number", 0),
        ("b'abc'", "there are no bytes in expressions", 0),
        ("9223372036854775808", "this integer does not fit in 64 bits", 0),
        ("0xffffffffffffffffff", "this integer does not fit in 64 bits", 0),
        ("1e999", "this number is too large", 0),
        ("{{ a }} && {{ b }}", "this field holds one expression", 0),
        ("{{ a }} && b", "this field holds one expression", 0),
    ],
)
def test_a_text_that_is_no_expression_is_a_problem_with_its_place(source: str, message: str, at: int) -> None:
    with pytest.raises(ExpressionProblem) as problem:
        parse(source)
    assert (problem.value.message, problem.value.at) == (message, at)
    assert str(problem.value) == f"{message} (at character {at + 1})"


def test_an_integer_of_any_length_is_a_problem_and_no_error_of_python() -> None:
    with pytest.raises(ExpressionProblem):
        parse("9" * 4000)


@pytest.mark.parametrize(
    "source",
    ["(" * 40 + "1" + ")" * 40, "[" * 40 + "]" * 40, "!" * 40 + "true", "-" * 40 + "a", "a?b:" * 40 + "c", "a[" * 40 + "0" + "]" * 40,
     "size(" * 33 + "a" + ")" * 33],
)  # fmt: skip
def test_nesting_over_32_levels_is_a_problem(source: str) -> None:
    with pytest.raises(ExpressionProblem, match="nests at most 32 deep"):
        parse(source)


@pytest.mark.parametrize("source", ["+".join(["1"] * 200), "a" + ".b" * 200, "a" + "[0]" * 200, "a" + ".size()" * 200])
def test_a_chain_of_more_than_128_is_a_problem(source: str) -> None:
    with pytest.raises(ExpressionProblem, match="chains at most 128"):
        parse(source)


@pytest.mark.parametrize(
    "text", ["+".join(["1"] * 20_000), "{{ " + "+".join(["1"] * 20_000) + " }}", "'" + "é" * 2048 + "'"]
)
def test_an_expression_over_4_kib_is_a_problem(text: str) -> None:
    with pytest.raises(ExpressionProblem, match="at most 4 KiB"):
        parse(text)


def test_a_chain_of_a_hundred_conditions_is_fine() -> None:
    assert source_of(parse(" && ".join(["a"] * 100))) == " && ".join(["a"] * 100)


def test_text_without_braces_is_no_template() -> None:
    assert parse_template("plain } text }} with { braces") is None


@pytest.mark.parametrize("text", ["{{ a.b }}", " \n{{a.b}}\t"])
def test_one_expression_with_nothing_but_space_around_it_is_sole(text: str) -> None:
    template = parse_template(text)
    assert template is not None
    assert isinstance(template.sole, Member)


def test_a_template_keeps_its_text_between_the_expressions() -> None:
    template = parse_template("a {{ x }} b{{ y }}")
    assert template is not None
    assert [part if isinstance(part, str) else source_of(part) for part in template.parts] == ["a ", "x", " b", "y"]
    assert template.sole is None


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("{{ {'a': {'b': 1}} }}", '{ "a": { "b": 1 } }'),
        ("{{{'a': {'b': 1}}}}", '{ "a": { "b": 1 } }'),
        ("{{ '}}' }}", '"}}"'),
        ("{{ '{{' }}", '"{{"'),
        ('{{ """}}""" }}', '"}}"'),
    ],
)
def test_the_tokens_find_the_end_of_a_template(text: str, inner: str) -> None:
    template = parse_template(text)
    assert template is not None
    assert template.sole is not None
    assert source_of(template.sole) == inner


def test_a_template_that_is_never_closed_says_how_to_write_the_braces_themselves() -> None:
    with pytest.raises(ExpressionProblem, match="never closed") as problem:
        parse_template("text {{ a ")
    assert problem.value.at == 5
    assert problem.value.fix == "Close it with `}}`, or write {{ '{{' }} for the text itself."


def test_adjacent_templates_and_spaces_between_them_are_kept() -> None:
    assert parse_template("{{ 'a' }} {{ 'b' }}") == Template((Constant("a", 3), " ", Constant("b", 13)))
    assert parse_template("{{ a }}{{ b }}") == Template((Name("a", 3), Name("b", 10)))


def test_many_unclosed_quotes_in_a_large_text_are_found_quickly() -> None:
    with pytest.raises(ExpressionProblem):
        parse_template("{{ " + "''' " * 1_000_000)
