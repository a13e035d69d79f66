"""Walking and changing trees, and what literals tell of their types."""

import pytest

from interpreter.expressions import check, children, evaluate, parse, prepare, rebuild, source_of, walk
from interpreter.expressions.evaluate import _PROGRAMS_KEPT, _programs
from interpreter.expressions.scope import Scope
from interpreter.expressions.tree import Constant, Expression, Fact, Name

EVERYTHING = (
    "has(a.b) ? coalesce(a, -b[c]) : {'k': [d, !e], 'l': size(f) + 1}.map(x, x.y, g).filter(z, z in h && i < 1)[0]"
)


def names_in(expression: Expression) -> list[str]:
    return [part.name for part in walk(expression) if isinstance(part, Name)]


def test_walk_meets_every_part_in_the_order_of_the_text() -> None:
    assert names_in(parse(EVERYTHING)) == ["a", "a", "b", "c", "d", "e", "f", "x", "g", "z", "h", "i"]


def test_rebuild_puts_changed_children_in_place() -> None:
    def upper(expression: Expression) -> Expression:
        return Name(expression.name.upper()) if isinstance(expression, Name) else rebuild(expression, upper)

    changed = rebuild(parse(EVERYTHING), upper)
    assert names_in(changed) == [name.upper() for name in names_in(parse(EVERYTHING))]
    assert source_of(changed).replace("(X", "(x").lower() == source_of(parse(EVERYTHING)).lower()


def test_rebuild_without_a_change_gives_the_same_tree() -> None:
    tree = parse(EVERYTHING)
    assert rebuild(tree, lambda child: child) is tree
    assert rebuild(Constant(1), lambda _: Constant(2)) == Constant(1)


def test_a_fact_has_no_children_and_is_written_as_what_it_stands_for() -> None:
    fact = Fact(0, parse("a + b"))
    assert children(fact) == ()
    assert source_of(rebuild(parse("x * c"), lambda child: fact if child == Name("x", 0) else child)) == "(a + b) * c"


def test_a_prepared_expression_can_be_kept_by_who_needs_it_often() -> None:
    program = prepare(parse("a + 1"))
    assert [program(Scope({"a": n}), None) for n in (1, 2)] == [2, 3]


def test_the_memory_of_prepared_expressions_is_bounded() -> None:
    trees = [Constant(n) for n in range(_PROGRAMS_KEPT + 5)]
    assert [evaluate(tree, Scope({})) for tree in trees[-3:] + trees] == [tree.value for tree in trees[-3:] + trees]
    assert len(_programs) <= _PROGRAMS_KEPT


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("'a' - 1", "`-` needs a number, not text"),
        ("x * true", "`*` needs a number, not a boolean"),
        ("'a' + 1", "`+` cannot add text and a number"),
        ("{} + {}", "`+` needs a list or a number or text, not an object"),
        ("1 && x", "`&&` needs a boolean, not a number"),
        ("!size(x)", "`!` needs a boolean, not a number"),
        ("-'a'", "`-` needs a number, not text"),
        ("1 == '1'", "`==` always finds a difference between a number and text"),
        ("1 < 'a'", "`<` cannot compare a number and text"),
        ("[1] < [2]", "`<` needs a boolean or a number or text, not a list"),
        ("x in 'abc'", "`in` needs a list or an object, not text"),
        ("'a' ? 1 : 2", "`?` needs a boolean, not text"),
        ("(1).map(x, x)", "`map` needs a list or an object, not a number"),
        ("(a ? 1 : 2) && b", "`&&` needs a boolean, not a number"),
        ("coalesce('a', 'b') - 1", "`-` needs a number, not text"),
        ("a.filter(x, x) > 1", "`>` needs a boolean or a number or text, not a list"),
    ],
)
def test_operators_on_literals_of_the_wrong_type_are_problems_when_saved(source: str, message: str) -> None:
    assert [problem.message for problem in check(parse(source))] == [message]


@pytest.mark.parametrize(
    "source",
    ["a + 1 > b && !c || has(d)", "a == null", "(x ? 1 : 'a') + y", "min(a) < 'b'", "[1] + [2]", "a in [1]", "{'a': 1}.all(k, true)",
     "coalesce(a, 1) - 1", "a.map(x, x) == []", "a / b % 2 - 1 == -1"],
)  # fmt: skip
def test_what_may_be_right_is_no_problem(source: str) -> None:
    assert check(parse(source)) == ()


@pytest.mark.parametrize(
    ("source", "found"), [("'yes'", "text"), ("1 + 1", "a number"), ("[a]", "a list"), ("null", "null")]
)
def test_a_guard_that_is_no_boolean_is_a_problem(source: str, found: str) -> None:
    assert [p.message for p in check(parse(source), "a boolean")] == [f"this gives {found}, but a boolean is needed"]


@pytest.mark.parametrize(
    "source", ["true", "a", "a > 1", "has(a)", "a.exists(x, x)", "!a", "contains(a, 'b')", "a ? true : b"]
)
def test_a_guard_that_may_be_a_boolean_is_fine(source: str) -> None:
    assert check(parse(source), "a boolean") == ()
