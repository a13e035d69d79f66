"""Random expressions, made from the grammar."""

from hypothesis import strategies as st

from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.operations import INT64
from interpreter.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Constant,
    Expression,
    Has,
    Index,
    ListLiteral,
    Macro,
    Member,
    Name,
    ObjectLiteral,
    Unary,
)

NAMES = ["input", "vars", "nodes", "x", "y", "a"]
FIELDS = ["region", "rows", "numbers", "nothing", "output", "score", "id", "a", "in"]
OPERATORS = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
numbers = st.one_of(
    st.integers(-20, 20),
    st.integers(-INT64, INT64 - 1),
    st.floats(allow_nan=False, allow_infinity=False).map(
        lambda value: int(value) if value.is_integer() and abs(value) < INT64 else value
    ),
)
constants = st.one_of(numbers, texts, st.booleans(), st.none()).map(Constant)
names = st.sampled_from(NAMES).map(Name)


def _compound(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    field = st.sampled_from(FIELDS)
    several = st.lists(inner, max_size=3).map(tuple)
    paths = st.one_of(st.builds(Member, inner, field), st.builds(Index, inner, inner))
    return st.one_of(
        paths,
        st.sampled_from(sorted(FUNCTIONS)).flatmap(_call(inner)),
        # A minus before a number is that number, so no tree has it.
        st.builds(Unary, st.just("!"), inner),
        st.builds(Unary, st.just("-"), inner.filter(lambda tree: not isinstance(tree, Constant))),
        st.builds(Binary, st.sampled_from(OPERATORS), inner, inner),
        st.builds(Conditional, inner, inner, inner),
        several.map(ListLiteral),
        st.lists(st.tuples(inner, inner), max_size=3).map(lambda entries: ObjectLiteral(tuple(entries))),
        st.builds(Macro, st.sampled_from(["all", "exists", "exists_one", "filter", "map"]), inner, st.sampled_from(["x", "y"]), inner),
        st.builds(Macro, st.just("map"), inner, st.just("x"), inner, inner),
        paths.map(Has),
        st.lists(inner, min_size=1, max_size=3).map(lambda arguments: Coalesce(tuple(arguments))),
    )  # fmt: skip


def _call(inner: st.SearchStrategy[Expression]):
    def call(name: str) -> st.SearchStrategy[Expression]:
        least, most = FUNCTIONS[name].least, min(FUNCTIONS[name].most, 3)
        return st.lists(inner, min_size=least, max_size=most).map(lambda arguments: Call(name, tuple(arguments)))

    return call


expressions: st.SearchStrategy[Expression] = st.recursive(st.one_of(constants, names), _compound, max_leaves=8)
"""Trees as the parser makes them, but for their positions."""

words = st.sampled_from(
    [*NAMES, *FIELDS, *OPERATORS, *sorted(FUNCTIONS), *"()[]{}.,?:!", "{{", "}}", "'a'", '"b"', "'''", "1", "2.5", "1e999", "0x1f", "9" * 30,
     "true", "null", "has(", "coalesce(", ".map(x,", ".all(", "__class__", "//", "\n", "\\u0000", "\ud800", "٣", " "]
)  # fmt: skip
word_soup = st.lists(words, max_size=25).map(" ".join) | st.lists(words, max_size=25).map("".join)
anything = st.text(max_size=60) | word_soup

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=5,
)
scopes = st.fixed_dictionaries(
    {"input": json_values, "vars": json_values},
    optional={
        "nodes": st.fixed_dictionaries({"score": st.fixed_dictionaries({"output": json_values})}),
        "a": json_values,
    },
)
