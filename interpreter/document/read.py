"""From text to a document, or to all that is wrong with it at once."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from interpreter.document import json, yaml
from interpreter.document.model import Document
from interpreter.document.positions import Positions
from interpreter.document.shape import check_shape, problems_of
from interpreter.problems import Problem

LIMIT_BYTES = 4 * 1024 * 1024

MediaType = Literal["application/json", "application/yaml"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A document if there is one, and every problem of its text and shape, with places."""

    document: Document | None
    problems: tuple[Problem, ...]
    positions: Positions


def read_document(source: bytes | str, media_type: MediaType) -> Reading:
    """Read a document. Whether what it says makes sense is for the compiler to tell."""
    text = _text(source)
    if isinstance(text, Problem):
        return Reading(None, (text,), Positions(dict))
    value, problems, positions = _read_value(text, media_type)
    if problems:
        return Reading(None, problems, positions)
    found = check_shape(value)
    document = None
    try:
        document = Document.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        found += problems_of(error, value)
    located = tuple(positions.locate(problem) for problem in found)
    return Reading(None if located else document, located, positions)


def _text(source: bytes | str) -> str | Problem:
    size = len(source) if isinstance(source, bytes) else len(source.encode(errors="surrogatepass"))
    if size > LIMIT_BYTES:
        return Problem("document_too_large", "a document has at most 4 MiB", fix="Split it into sub-workflows.")
    if isinstance(source, bytes):
        try:
            source = source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = source.count(b"\n", 0, error.start) + 1
            return Problem("invalid_encoding", "this is not UTF-8", fix="Save the file as UTF-8.", line=line)
    return source.removeprefix("\ufeff")


def _read_value(text: str, media_type: MediaType) -> tuple[Any, tuple[Problem, ...], Positions]:
    if media_type == "application/json":
        try:
            return json.read_quickly(text), (), Positions(lambda: json.scan(text).marks)
        except json.Suspicious:
            builder = json.scan(text)
    else:
        builder = yaml.scan(text)
    return builder.value, tuple(builder.problems), Positions(lambda: builder.marks)
