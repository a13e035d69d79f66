"""Tokens to syntax trees: a Pratt parser for the profile of CEL."""

import math
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeVar, get_args

from interpreter.expressions.errors import ExpressionProblem
from interpreter.expressions.functions import FUNCTIONS
from interpreter.expressions.limits import LINKS, check_height, check_level, check_size
from interpreter.expressions.operations import INT64
from interpreter.expressions.paths import KEYWORDS, RESERVED, path_at
from interpreter.expressions.tokens import Token, split_tokens
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
    MacroName,
    Member,
    Name,
    ObjectLiteral,
    Template,
    Unary,
)

Item = TypeVar("Item")

MACROS: tuple[MacroName, ...] = get_args(MacroName)
PRECEDENCE = {
    "||": 1, "&&": 2,
    "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5,
}  # fmt: skip
WORDS_FOR_OPERATORS = {"and": "&&", "or": "||", "not": "!", "is": "=="}
ABSENT = {
    "matches": "There are no regular expressions; use `contains`, `startsWith`, `endsWith` or `split`.",
    "now": "There is no clock, so that an expression always has the same value; read `run.started_at`.",
    "uint": "There is one type of numbers; use `int`.",
    "bytes": "There are no bytes; use text, and `base64` to encode it.",
    "type": "There is no `type`; a schema says what type a value has.",
    "dyn": "Types are not declared, so there is no `dyn`.",
    "orValue": "Write `coalesce(value, other)`.",
    "len": "Write `size(value)`.",
    "existsOne": "Write `exists_one`.",
}


def parse(source: str) -> Expression:
    """The tree of an expression; a sole `{{ … }}` around it is taken off.

    Raises ExpressionProblem for whatever is not an expression of the profile, and over the limits
    on size and depth.
    """
    if source.lstrip().startswith("{{"):
        template = parse_template(source)
        if template is None or template.sole is None:
            raise ExpressionProblem("this field holds one expression", fix="Write the expression without `{{ }}`.")
        return template.sole
    check_size(source, 0)
    return _Parser(split_tokens(source)).whole()


def parse_template(text: str) -> Template | None:
    """The parts of a text with `{{ … }}` in it, None if there is none. Raises ExpressionProblem."""
    parts: list[str | Expression] = []
    done = 0
    while (start := text.find("{{", done)) >= 0:
        if start > done:
            parts.append(text[done:start])
        tree, done = path_at(text, start) or _expression_at(text, start)
        parts.append(tree)
    if not parts:
        return None
    if done < len(text):
        parts.append(text[done:])
    return Template(_without_space_around_one(parts))


def _expression_at(text: str, start: int) -> tuple[Expression, int]:
    tokens = split_tokens(text, start + 2, template=True)
    end = tokens[-1]
    check_size(text[start + 2 : end.at], start)
    return _Parser(tokens).whole(), end.end


def _without_space_around_one(parts: list[str | Expression]) -> tuple[str | Expression, ...]:
    kept = [part for part in parts if not isinstance(part, str) or part.strip()]
    return tuple(kept if len(kept) == 1 else parts)


class _Parser:
    """Walks over the tokens of one expression once."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = -1  # the whole expression is nested in nothing

    def whole(self) -> Expression:
        if self.tokens[0].kind == "end":
            raise ExpressionProblem("an expression is missing here", self.tokens[0].at)
        tree = self.expression()
        if self.current.kind != "end":
            raise self.refusal(self.current)
        if len(self.tokens) > LINKS:
            check_height(tree)
        return tree

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.tokens[self.position]
        self.position += token.kind != "end"
        return token

    def accept(self, symbol: str) -> bool:
        token = self.tokens[self.position]
        found = token.value == symbol and token.kind == "symbol"
        self.position += found
        return found

    def expect(self, symbol: str, why: str) -> None:
        if not self.accept(symbol):
            raise ExpressionProblem(f"`{symbol}` is missing: {why}", self.current.at)

    def refusal(self, token: Token) -> ExpressionProblem:
        if token.kind == "end":
            return ExpressionProblem("the expression ends too early", token.at)
        if token.kind == "name" and token.value in WORDS_FOR_OPERATORS:
            return ExpressionProblem(
                f"`{token.value}` has no meaning here", token.at, fix=f"Write `{WORDS_FOR_OPERATORS[token.value]}`."
            )
        shown = "this text" if token.kind == "text" else f"`{token.value}`"
        return ExpressionProblem(f"{shown} has no meaning here", token.at)

    def expression(self) -> Expression:
        """`a ? b : c`, or anything that binds closer."""
        self.depth += 1
        check_level(self.depth, self.current.at)
        at = self.current.at
        test = self.binary(1)
        if self.accept("?"):
            then = self.binary(1)
            self.expect(":", "`a ? b : c` has two branches")
            test = Conditional(test, then, self.expression(), at)
        self.depth -= 1
        return test

    def binary(self, least: int) -> Expression:
        left = self.unary()
        while (precedence := self.operator_precedence()) >= least:
            token = self.advance()
            right = self.binary(precedence + 1)
            left = Binary(token.value, left, right, token.at)  # pyright: ignore[reportArgumentType]  # a key of PRECEDENCE
        return left

    def operator_precedence(self) -> int:
        token = self.current
        return PRECEDENCE.get(token.value, 0) if token.kind in ("symbol", "name") else 0

    def unary(self) -> Expression:
        token = self.current
        if token.kind != "symbol" or token.value not in "!-":
            return self.postfix()
        self.advance()
        if token.value == "-" and self.current.kind == "number":
            return self.postfix(sign="-", at=token.at)
        self.depth += 1
        check_level(self.depth, token.at)
        operand = self.unary()
        self.depth -= 1
        if token.value == "!":
            return Unary("!", operand, token.at)
        if isinstance(operand, Constant) and type(value := operand.value) in (int, float):
            return _number(repr(-value), token.at)  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
        return Unary("-", operand, token.at)

    def postfix(self, sign: str = "", at: int = 0) -> Expression:
        tree = _number(sign + self.advance().value, at) if sign else self.primary()
        while True:
            token = self.tokens[self.position]
            if token.kind != "symbol":
                return tree
            at = token.at
            if self.accept("."):
                tree = self.member(tree)
            elif self.accept("["):
                key = self.expression()
                self.expect("]", "an index is written `a[0]` or `a['key']`")
                tree = Index(tree, key, at)
            else:
                return tree

    def member(self, of: Expression) -> Expression:
        token = self.advance()
        if token.kind == "quoted":
            return Index(of, Constant(token.value, token.at), token.at)
        if token.kind != "name":
            fix = "Write `coalesce(a.b, other)`." if token.value == "?" else "Write `a['key']` for other keys."
            raise ExpressionProblem("the name of a field is missing after `.`", token.at, fix=fix)
        if not self.accept("("):
            return Member(of, token.value, token.at)
        if token.value in MACROS:
            return self.macro(token, of)
        if token.value in ("has", "coalesce"):
            raise ExpressionProblem(f"`{token.value}` is not a method", token.at, fix=f"Write `{token.value}(…)`.")
        return _call(token, (of, *self.list_until(")")))

    def macro(self, token: Token, over: Expression) -> Expression:
        variable = self.advance()
        if variable.kind != "name" or variable.value in RESERVED:
            raise ExpressionProblem(
                f"`{token.value}` needs the name of a variable first", variable.at, fix=f"Write `.{token.value}(x, …)`."
            )
        self.expect(",", f"`{token.value}` needs a variable and an expression")
        arguments = self.list_until(")")
        if token.value == "map" and len(arguments) == 2:
            return Macro("map", over, variable.value, arguments[1], arguments[0], token.at)
        if len(arguments) != 1:
            raise ExpressionProblem(f"`{token.value}` needs a variable and an expression", token.at)
        return Macro(token.value, over, variable.value, arguments[0], None, token.at)  # pyright: ignore[reportArgumentType]

    def primary(self) -> Expression:
        token = self.advance()
        match token.kind:
            case "number":
                return _number(token.value, token.at)
            case "text":
                return Constant(token.value, token.at)
            case "name":
                return self.named(token)
            case "symbol" if token.value == "(":
                tree = self.expression()
                self.expect(")", "a bracket is not closed")
                return tree
            case "symbol" if token.value == "[":
                return ListLiteral(self.list_until("]"), token.at)
            case "symbol" if token.value == "{":
                return ObjectLiteral(self.object_entries(), token.at)
            case _:
                raise self.refusal(token)

    def named(self, token: Token) -> Expression:
        if token.value in KEYWORDS:
            return Constant(KEYWORDS[token.value], token.at)
        if token.value in RESERVED:
            raise ExpressionProblem(f"`{token.value}` is a reserved word", token.at)
        if not self.accept("("):
            return Name(token.value, token.at)
        arguments = self.list_until(")")
        match token.value:
            case "has":
                return _has(token, arguments)
            case "coalesce" if arguments:
                return Coalesce(arguments, token.at)
            case "coalesce":
                raise ExpressionProblem("`coalesce` needs at least one argument", token.at)
            case _:
                return _call(token, arguments)

    def list_until(self, close: str) -> tuple[Expression, ...]:
        return tuple(self.separated(close, self.expression))

    def object_entries(self) -> tuple[tuple[Expression, Expression], ...]:
        def entry() -> tuple[Expression, Expression]:
            key = self.expression()
            self.expect(":", "an object is written `{'key': value}`")
            return key, self.expression()

        return tuple(self.separated("}", entry))

    def separated(self, close: str, item: Callable[[], Item]) -> list[Item]:
        """Items with commas between them, and perhaps one behind the last, up to the closing symbol."""
        items: list[Item] = []
        while not self.accept(close):
            items.append(item())
            if not self.accept(","):
                self.expect(close, "or a comma")
                break
        return items


def _number(text: str, at: int) -> Constant:
    value = int(text, 16) if "x" in text.lower() else float(text) if re.search(r"[.eE]", text) else int(text)
    if isinstance(value, float) and abs(value) < INT64 and value.is_integer():
        value = int(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionProblem("this number is too large", at)
    if isinstance(value, int) and not -INT64 <= value < INT64:
        raise ExpressionProblem("this integer does not fit in 64 bits", at)
    return Constant(value, at)


def _has(token: Token, arguments: tuple[Expression, ...]) -> Has:
    if len(arguments) != 1 or not isinstance(arguments[0], Name | Member | Index):
        raise ExpressionProblem("`has` takes one path", token.at, fix="Write it like `has(nodes.draft.output.title)`.")
    return Has(arguments[0], token.at)


def _call(token: Token, arguments: tuple[Expression, ...]) -> Call:
    name = token.value
    function = FUNCTIONS.get(name)
    if function is None:
        close = get_close_matches(name, [*FUNCTIONS, *MACROS, "has", "coalesce"], 1)
        fix = ABSENT.get(name) or (f"Did you mean `{close[0]}`?" if close else None)
        raise ExpressionProblem(f"there is no function `{name}`", token.at, fix=fix)
    if not function.least <= len(arguments) <= function.most:
        raise ExpressionProblem(f"`{name}` is written `{function.usage}`", token.at)
    return Call(name, arguments, token.at)
