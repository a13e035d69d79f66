"""Text to tokens. In a template the tokens also tell where the expression ends."""

import re
from typing import Literal

from interpreter.expressions.errors import ExpressionProblem
from interpreter.expressions.limits import BYTES, too_long
from interpreter.records import record

Kind = Literal["name", "quoted", "number", "text", "symbol", "end"]

TOKEN = re.compile(
    r"""
    (?:
    (?P<space>   (?: [ \t\r\n\f] | //[^\n]* )+ )
  | (?P<raw>     [rR] (?: '{3}.*?'{3} | "{3}.*?"{3} | '[^'\r\n]*' | "[^"\r\n]*" ) )
  | (?P<name>    [A-Za-z_][A-Za-z0-9_]* )
  | (?P<quoted>  `[A-Za-z0-9_./\-\ ]+` )
  | (?P<text>    '{3}(?:[^\\]|\\.)*?'{3} | "{3}(?:[^\\]|\\.)*?"{3}
                 | '(?:[^'\\\r\n]|\\.)*' | "(?:[^"\\\r\n]|\\.)*" )
  | (?P<number>  0[xX][0-9a-fA-F]+ | (?: [0-9]+ (?:\.[0-9]+)? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
  | (?P<symbol>  && | \|\| | == | != | <= | >= | [-+*/%!<>?:.,()\[\]{}] )
    ) [ ]*
    """,
    re.VERBOSE | re.DOTALL,
)
WORD = re.compile(r"[A-Za-z0-9_]")
QUOTES = ("'", '"')
BYTES_LETTERS = frozenset({"b", "br", "rb"})
ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL
)
SIMPLE_ESCAPES = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip


@record
class Token:
    """One word of an expression. The `value` of a text is what it stands for, of others their source."""

    kind: Kind
    value: str
    at: int
    end: int


def split_tokens(text: str, start: int = 0, *, template: bool = False) -> list[Token]:
    """The tokens from `start` on, closed by one of kind `end`.

    In a template the end is the first `}}` outside of any brace of the expression's own. Raises
    ExpressionProblem for what is no token, and for a template without an end.
    """
    tokens: list[Token] = []
    scan = TOKEN.match
    # No further than an expression may reach: a text of many megabytes is not scanned again and again.
    at, braces, stop = start, 0, min(len(text), start + BYTES + 2)
    while at < stop:
        match = scan(text, at, stop)
        if match is None:
            raise _unexpected(text, at)
        kind = match.lastgroup
        assert kind is not None, "each alternative is a group"
        source, end = match[kind], match.end(kind)
        if kind == "symbol":
            if source in "{}":
                if source == "}" and template and braces == 0 and text.startswith("}}", at):
                    return [*tokens, Token("end", "}}", at, at + 2)]
                braces += 1 if source == "{" else -1
            tokens.append(Token("symbol", source, at, end))
        elif kind != "space":
            tokens.append(_word(kind, source, text, at, end))
        at = match.end()
    if stop < len(text):
        raise too_long(start)
    if template:
        raise ExpressionProblem(
            "`{{` is never closed by `}}`",
            start - 2,
            fix="Close it with `}}`, or write {{ '{{' }} for the text itself.",
        )
    return [*tokens, Token("end", "", len(text), len(text))]


def _word(kind: str, source: str, text: str, at: int, end: int) -> Token:
    """A name, the quoted name of a field, a number or a text."""
    match kind:
        case "name" if text.startswith(QUOTES, end) and source.lower() in BYTES_LETTERS:
            raise ExpressionProblem(
                "there are no bytes in expressions", at, fix="Write text without the letter before it."
            )
        case "name":
            return Token("name", source, at, end)
        case "quoted":
            return Token("quoted", source[1:-1], at, end)
        case "number" if WORD.match(text, end):
            raise ExpressionProblem(
                "this is not a number", at, fix="There is one type of numbers, written like 7, 0.5, 1e6 or 0xff."
            )
        case "number":
            return Token("number", source, at, end)
        case _:
            return Token("text", _text_value(source, at), at, end)


def _unexpected(text: str, at: int) -> ExpressionProblem:
    character = text[at]
    if character in "'\"":
        return ExpressionProblem("the text that begins here is never closed", at, fix=f"Close it with {character}.")
    fix = {
        "=": "Compare with `==`.",
        "&": "Write `&&` for and.",
        "|": "Write `||` for or; there are no filters, write functions like `upper(x)`.",
        "$": "Names stand without `$`: `input.name`.",
        "^": "There is no power operator.",
        ";": "An expression has no statements.",
    }.get(character)
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return ExpressionProblem(f"`{shown}` has no meaning here", at, fix=fix)


def _text_value(source: str, at: int) -> str:
    raw = source[0] in "rR"
    quoted = source[1:] if raw else source
    width = 3 if quoted[:3] in ("'''", '"""') and len(quoted) >= 6 else 1
    body = quoted[width:-width]
    value = body if raw else ESCAPE.sub(lambda match: _unescape(match, at), body)
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        raise ExpressionProblem("text cannot hold the character U+0000 or half of a surrogate pair", at)
    return value


def _unescape(match: re.Match[str], at: int) -> str:
    *codes, octal, simple = match.groups()
    for code in codes:
        if code is not None:
            if int(code, 16) > 0x10FFFF:
                raise ExpressionProblem("this escape names no character", at)
            return chr(int(code, 16))
    if octal is not None:
        return chr(int(octal, 8))
    if simple not in SIMPLE_ESCAPES:
        raise ExpressionProblem(f"`\\{simple}` is no escape", at, fix=r"Write `\\` for a backslash.")
    return SIMPLE_ESCAPES[simple]
