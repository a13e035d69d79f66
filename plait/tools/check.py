"""What is wrong with a stored tool as a person says it, each with its place and its mend."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never
from urllib.parse import urlsplit

from interpreter.problems import PathPart, Problem
from plait.tools.model import Connection, HttpSource, McpSource, OpenApiSource
from plait.tools.names import SOURCE_NAME, TOOL_NAME
from plait.tools.templates import placeholders, secrets_in, wrong_expression, wrong_templates
from plait.values.schema import SchemaInvalid, compiled

SECRETS = frozenset({"secrets"})
ARGUMENTS = frozenset({"args", "rest", "secrets"})
ANSWER = frozenset({"body", "headers", "status"})
NAME = 100
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "apikey"})
"""Headers that hold nothing but credentials."""

Path = tuple[PathPart, ...]


def wrong_name(name: str, source: HttpSource | OpenApiSource | McpSource) -> Iterator[Problem]:
    """What is wrong with the name: that of a request is a tool's, those of the others stand before a dot."""
    if isinstance(source, HttpSource):
        if len(name) > NAME or not TOOL_NAME.fullmatch(name):
            message = f"A tool's name has a-z, 0-9 and _, in groups separated by dots, and at most {NAME} characters."
            yield Problem("invalid_name", message, ("name",))
    elif not SOURCE_NAME.fullmatch(name):
        message = "This name stands before the dot of its tools: a-z, 0-9 and _, at most 40 characters."
        yield Problem("invalid_name", message, ("name",))


def wrong_source(source: HttpSource | OpenApiSource | McpSource) -> Iterator[Problem]:
    """Everything that can be seen without asking the server."""
    match source:
        case HttpSource():
            yield from _wrong_connection(source, ARGUMENTS)
            yield from _wrong_request(source)
        case OpenApiSource():
            yield from _wrong_connection(source, SECRETS)
            if (source.document is None) == (source.url is None):
                message = "Either the document is sent, or the URL where it is."
                yield Problem("invalid_value", message, ("document",), fix="Say `document` or `url`.")
            for field in ("url", "server"):
                if (url := getattr(source, field)) is not None:
                    yield from wrong_url(url, (field,))
        case McpSource():
            yield from _wrong_connection(source, SECRETS)
            yield from wrong_url(source.url, ("url",))
        case _:
            assert_never(source)


def wrong_url(url: str, path: Path) -> Iterator[Problem]:
    """An address that requests cannot go to, and one that holds a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c in url for c in " \t\r\n\\"):
        yield Problem("invalid_url", "An address begins with http:// or https:// and names a host.", path)
    elif "@" in parts.netloc:
        fix = 'Say `auth`: {username: "{{ secrets.NAME }}", password: "{{ secrets.NAME }}"}.'
        yield Problem("invalid_url", "Credentials do not belong in an address.", path, fix=fix)
    elif "{" in parts.netloc or "}" in parts.netloc:
        yield Problem("invalid_url", "No argument chooses the host: it stands in the address.", path)


def _wrong_connection(source: Connection, allowed: frozenset[str]) -> Iterator[Problem]:
    yield from wrong_templates(source.headers, ("headers",), allowed)
    for name, text in source.headers.items():
        if name.lower() in CREDENTIALS and not secrets_in(text):
            yield written_down(("headers", name), name)
    if source.auth is None:
        return
    said = source.auth.model_dump(exclude_none=True)
    if set(said) not in ({"bearer"}, {"username", "password"}):
        yield Problem("invalid_value", "`auth` is {bearer} or {username, password}.", ("auth",))
    for field, text in said.items():
        yield from wrong_templates(text, ("auth", field), SECRETS)
        if field != "username" and not secrets_in(text):
            yield written_down(("auth", field), field)


def written_down(path: Path, field: str) -> Problem:
    """A credential that stands there for everybody to read."""
    fix = f'Write {field}: "{{{{ secrets.NAME }}}}", and set PLAIT_SECRET_NAME for the workers.'
    return Problem("secret_not_named", "A secret is named here, and never written down.", path, fix=fix)


def _wrong_request(source: HttpSource) -> Iterator[Problem]:
    yield from wrong_url(source.url, ("url",))
    yield from wrong_schema(source.parameters, ("parameters",))
    if source.output_schema is not None:
        yield from wrong_schema(source.output_schema, ("output_schema",))
    known = source.parameters.get("properties")
    for name in placeholders(source.url):
        if not isinstance(known, Mapping) or name not in known:
            fix = "Give it a property of `parameters`."
            yield Problem("unknown_argument", f"No argument is called {name!r}.", ("url",), fix=fix)
    if any(mark in source.url.partition("?")[2] for mark in "{}"):
        yield Problem("invalid_url", "Arguments of the query stand in `query`.", ("url",))
    yield from wrong_templates(source.query or {}, ("query",), ARGUMENTS)
    yield from wrong_templates(source.body, ("body",), ARGUMENTS)
    if source.result is not None:
        yield from wrong_expression(source.result, ("result",), ANSWER)


def wrong_schema(schema: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """What is no JSON Schema, and arguments that are no object."""
    try:
        compiled(schema)
    except SchemaInvalid as error:
        fix = "Write it as JSON Schema 2020-12 says."
        yield Problem("invalid_schema", f"This is not a JSON Schema: {error}.", path, fix=fix)
        return
    if path == ("parameters",) and schema.get("type") != "object":
        yield Problem("invalid_schema", "Arguments have names: their schema is of type object.", path)
