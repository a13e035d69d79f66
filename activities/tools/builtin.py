# ruff: noqa: D417  # the context is injected: whoever reads the description cannot give it
"""Tools that most workflows need: files inside the files folder, and text."""

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

import orjson

from activities.tools.context import ToolContext, ToolError
from activities.tools.files import FileRefused
from activities.tools.function import tool
from interpreter.values import Json

_PLACE = re.compile(r"\$\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class FileWritten:
    """What was written, and where below the files folder."""

    path: str
    bytes: int


@tool(idempotent=True)
def read_text(context: ToolContext, path: str) -> str:
    """The text of a UTF-8 file.

    Args:
        path: Where it is below the files folder.
    """
    try:
        return _read(context, path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ToolError(f"{path} is not UTF-8 text", type="FileUnreadable", category="input") from None


@tool(idempotent=True)
def write_text(context: ToolContext, path: str, text: str) -> FileWritten:
    """Write a UTF-8 file, whole or not at all.

    Args:
        path: Where to put it below the files folder.
        text: What to put there.
    """
    return _write(context, path, text.encode())


@tool(idempotent=True)
def read_json(context: ToolContext, path: str) -> Any:
    """The value in a JSON file.

    Args:
        path: Where it is below the files folder.
    """
    try:
        return orjson.loads(_read(context, path))
    except orjson.JSONDecodeError as error:
        raise ToolError(f"{path} is not JSON: {error.msg}", type="FileUnreadable", category="input") from None


@tool(idempotent=True)
def write_json(context: ToolContext, path: str, value: Any) -> FileWritten:
    """Write a value as a JSON file, whole or not at all.

    Args:
        path: Where to put it below the files folder.
        value: Any value.
    """
    return _write(context, path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@tool(idempotent=True)
def read_csv(context: ToolContext, path: str, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV file as objects by the names in its first line. Every value is text.

    Args:
        path: Where it is below the files folder.
        delimiter: What stands between values.
    """
    rows = csv.reader(
        io.StringIO(read_text(context, path), newline=""), delimiter=_one_character(delimiter), strict=True
    )
    try:
        names = next(rows, [])
        if len(set(names)) != len(names):
            raise ToolError(f"{path} has two columns of one name", type="FileUnreadable", category="input")
        return [_row(path, rows.line_num, names, row) for row in rows if row]
    except csv.Error as error:
        raise ToolError(f"{path}, line {rows.line_num}: {error}", type="FileUnreadable", category="input") from None


@tool(idempotent=True)
def write_csv(
    context: ToolContext, path: str, rows: list[dict[str, Any]], columns: list[str] | None = None
) -> FileWritten:
    """Write rows as a CSV file, whole or not at all.

    Args:
        path: Where to put it below the files folder.
        rows: Objects; what is missing or null becomes empty, what is not text is written as JSON.
        columns: The columns and their order; all that occur, as they first occur, if left out.
    """
    names = columns if columns is not None else list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([["" if (value := row.get(name)) is None else _text(value) for name in names] for row in rows])
    return _write(context, path, text.getvalue().encode())


@tool(idempotent=True, bound=1.0)
def render_text(template: str, values: dict[str, Any]) -> str:
    """Fill a text in: `${name}` or `${order.customer.name}` is replaced by that value.

    What is not text is written as JSON. `$${` is a plain `${`.

    Args:
        template: The text with its places.
        values: What to put there.
    """
    pieces = template.split("$${")
    return "${".join(_PLACE.sub(lambda place: _text(_value_at(place[1].strip(), values)), piece) for piece in pieces)


def _value_at(name: str, values: Json) -> Json:
    found: Any = values
    for part in name.split("."):
        if isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict) and part in found:
            found = found[part]
        else:
            raise ToolError(f"the template names {name}, which has no value", type="ValueMissing", category="input")
    return found


def _text(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _row(path: str, line: int, names: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(names):
        message = f"{path}, line {line}: {len(row)} values in {len(names)} columns"
        raise ToolError(message, type="FileUnreadable", category="input")
    return dict(zip(names, row, strict=True))


def _one_character(delimiter: str) -> str:
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ToolError("the delimiter is one character", type="ArgumentsInvalid", category="input")
    return delimiter


def _read(context: ToolContext, path: str) -> bytes:
    try:
        return context.files.read(path)
    except FileRefused as error:
        raise ToolError(str(error), type="FileRefused", category="input") from None


def _write(context: ToolContext, path: str, data: bytes) -> FileWritten:
    try:
        context.files.write(path, data)
    except FileRefused as error:
        raise ToolError(str(error), type="FileRefused", category="input") from None
    return FileWritten(path=path, bytes=len(data))
