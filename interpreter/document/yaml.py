"""YAML text, read by the core schema of YAML 1.2 limited to JSON's types.

PyYAML's C parser gives the events; what a scalar means is decided here, because PyYAML's own
loaders read YAML 1.1, in which `on` and `no` are booleans and 12:30 is a number.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from interpreter.document.builder import INT64, Builder, Mark, Unreadable
from interpreter.problems import Problem

NULL = re.compile(r"null|Null|NULL|~|")
TRUE = re.compile(r"true|True|TRUE")
FALSE = re.compile(r"false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
NOT_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def scan(text: str) -> Builder:
    """The value with the place of each part, and every problem up to the first that breaks the syntax."""
    builder = Builder()
    try:
        for event in _events(text):
            _take(event, builder)
    except Unreadable as stopped:
        builder.problems.append(stopped.problem)
    return builder


def _events(text: str) -> Iterator[yaml.Event]:
    """Events of the first document. Raises Unreadable where the syntax breaks and at a second document."""
    documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CLoader):
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                line, column = _mark(event)
                message = "a file holds one document; `---` begins a second one"
                raise Unreadable(Problem("yaml_documents", message, line=line, column=column))
            yield event
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        line, column = (place.line + 1, place.column + 1) if place else (None, None)
        message = f"this is not YAML: {error.problem or error.context}"
        fix = "Indent with spaces." if line is not None and _has_tab(text, line) else None
        raise Unreadable(Problem("invalid_yaml", message, fix=fix, line=line, column=column)) from None
    except yaml.YAMLError:
        message = "this is not YAML: it holds a character that may not stand in a text file"
        raise Unreadable(Problem("invalid_yaml", message)) from None


def _has_tab(text: str, line: int) -> bool:
    lines = text.splitlines()
    return line <= len(lines) and "\t" in lines[line - 1]


def _mark(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _take(event: yaml.Event, builder: Builder) -> None:
    match event:
        case yaml.ScalarEvent():
            _refuse_extras(event, builder)
            if builder.expects_key:
                builder.key(event.value, _mark(event))
            else:
                plain = event.style is None or event.style == ""
                builder.scalar(_plain(event, builder) if plain else event.value, _mark(event))
        case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
            _refuse_extras(event, builder)
            mark = _mark(event)
            if builder.expects_key:
                message = "the key of a field is text, not an object or a list"
                fix = "Quote a value that begins with `{{`."
                raise Unreadable(Problem("yaml_key", message, builder.here(), fix=fix, line=mark[0], column=mark[1]))
            builder.open({} if isinstance(event, yaml.MappingStartEvent) else [], mark)
        case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
            builder.close()
        case yaml.AliasEvent():
            builder.report("yaml_anchor", "aliases are not read", builder.here(), _mark(event), "Repeat the value.")
            builder.key("*", _mark(event)) if builder.expects_key else builder.scalar(None, _mark(event))
        case _:
            pass  # the start and end of the stream and of its one document


def _refuse_extras(event: Any, builder: Builder) -> None:
    if event.anchor is not None:
        builder.report("yaml_anchor", "anchors are not read", builder.here(), _mark(event), "Repeat the value.")
    if event.tag is not None:
        builder.report("yaml_tag", "tags are not read", builder.here(), _mark(event), "Quote what is text.")


def _plain(event: yaml.ScalarEvent, builder: Builder) -> Any:
    """What a scalar without quotes means."""
    text = event.value
    if NULL.fullmatch(text):
        return None
    if TRUE.fullmatch(text) or FALSE.fullmatch(text):
        return text[0] in "tT"
    if INTEGER.fullmatch(text):
        return int(text) if len(text) < 400 else INT64
    if OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if FLOAT.fullmatch(text):
        return float(text)
    if NOT_JSON.fullmatch(text):
        message = f"`{text}` is no JSON number"
        builder.report("not_a_number", message, builder.here(), _mark(event), "Write null or text.")
        return None
    return text
