"""An OpenAPI document as tools: each operation one, with a schema of its own."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from interpreter.catalogue import Tool
from interpreter.problems import PathPart, Problem
from plait.errors import Invalid
from plait.tools.check import wrong_url
from plait.tools.http import SAFE
from plait.tools.model import HttpCall, Listing, OpenApiSource, Skipped, StoredTool, auth_of
from plait.tools.names import is_among, plain_name, unlike
from plait.tools.references import References, Unusable, list_in, object_in
from plait.tools.templates import argument
from plait.values.schema import SchemaInvalid, compiled

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
MOST_TOOLS = 200
DESCRIPTION = 1000
BODY = "body"


def openapi_tools(name: str, source: OpenApiSource, document: Any) -> Listing:
    """The tools of a document. Raises Invalid for what is no OpenAPI 3 document, and for too many operations."""
    _require_openapi(document)
    server = _server(source, document)
    tools: list[StoredTool] = []
    skipped: list[Skipped] = []
    taken: set[str] = set()
    for path, method, operation, shared in _operations(document):
        known_as = unlike(plain_name(str(operation.get("operationId") or f"{method} {path}")), taken)
        if source.include and not is_among(known_as, source.include):
            continue
        taken.add(known_as)
        try:
            made = _Operation(document, path, method, operation, shared)
            tools.append(
                made.tool(f"{name}.{known_as}", server, source, may_repeat=is_among(known_as, source.idempotent))
            )
        except Unusable as error:
            skipped.append(Skipped(known_as, str(error)))
        if len(tools) > MOST_TOOLS:
            message = f"The document has more than {MOST_TOOLS} operations."
            raise _invalid("too_many_tools", message, ("include",), "Name those that are needed in `include`.")
    if not tools:
        why = f"; {skipped[0].name}: {skipped[0].reason}" if skipped else ""
        raise _invalid("no_tools", f"None of its operations can be a tool{why}.", ("document",))
    return Listing(tuple(tools), tuple(skipped))


class _Operation:
    """One operation, on its way to a tool. Raises Unusable for what a request of ours cannot say."""

    def __init__(self, document: Any, path: str, method: str, operation: Mapping[str, Any], shared: Any) -> None:
        self._references = References(document)
        self._path, self._method, self._operation = path, method, operation
        self._properties: dict[str, Any] = {}
        self._required: list[str] = []
        self._query: dict[str, str] = {}
        self._headers: dict[str, str] = {}
        if operation.get("servers"):
            raise Unusable("it has a server of its own")
        for parameter in self._parameters(list_in(shared)):
            self._take(parameter)
        self._has_body = self._take_body()

    def tool(self, name: str, server: str, source: OpenApiSource, *, may_repeat: bool) -> StoredTool:
        """The tool and its request."""
        parameters = {"type": "object", "properties": self._properties, "required": self._required}
        method = self._method.upper()
        said = [str(self._operation[field]) for field in ("summary", "description") if self._operation.get(field)]
        entry = Tool(
            name=name,
            kind="openapi",
            description="\n".join(dict.fromkeys(said))[:DESCRIPTION],
            parameters=self._checked(self._references.whole({**parameters, "additionalProperties": False})),
            output_schema=self._output_schema(),
            idempotent=method in SAFE or may_repeat,
            timeout=source.timeout,
        )
        call = HttpCall(
            method=method,
            url=server.rstrip("/") + self._path,
            query=self._query,
            headers={**source.headers, **self._headers},
            body=argument(BODY) if self._has_body else None,
            auth=auth_of(source.auth),
        )
        return StoredTool(entry, call)

    def _parameters(self, shared: list[Any]) -> list[Mapping[str, Any]]:
        """Those of the path, and over them those of the operation."""
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for said in (*shared, *list_in(self._operation.get("parameters"))):
            parameter = self._references.followed(said)
            found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
        return list(found.values())

    def _take(self, parameter: Mapping[str, Any]) -> None:
        name, place = str(parameter.get("name")), parameter.get("in")
        if not name.isprintable() or any(mark in name for mark in "{}"):
            raise Unusable("a parameter has a name that cannot be written")
        if place == "cookie" or (place == "header" and name.lower() in {"accept", "authorization", "content-type"}):
            if parameter.get("required") and place == "cookie":
                raise Unusable(f"it needs the cookie {name[:80]}")
            return
        if "schema" not in parameter or parameter.get("style") not in (None, "form", "simple"):
            raise Unusable(f"its parameter {name[:80]} is written in a way that is not known here")
        schema = self._references.schema(parameter["schema"])
        if place == "query" and parameter.get("explode") is False and schema.get("type") in ("array", "object"):
            raise Unusable(f"its parameter {name[:80]} is a list in one text")
        if name in self._properties or name == BODY:
            raise Unusable(f"two of its parameters are called {name[:80]}")
        text = str(parameter.get("description") or schema.get("description") or "")[:DESCRIPTION]
        self._properties[name] = {**schema, "description": text} if text else schema
        if parameter.get("required") or place == "path":
            self._required.append(name)
        match place:
            case "query":
                self._query[name] = argument(name)
            case "header":
                self._headers[name] = argument(name)
            case "path" if f"{{{name}}}" in self._path:
                pass
            case _:
                raise Unusable(f"its parameter {name[:80]} has no place")

    def _take_body(self) -> bool:
        said = self._operation.get("requestBody")
        if said is None:
            return False
        body = self._references.followed(said)
        content = object_in(body.get("content"))
        kind = next((kind for kind in content if is_json(kind)), None)
        if kind is None:
            raise Unusable(f"its body is {next(iter(content), 'nothing')}, and not JSON")
        self._properties[BODY] = self._references.schema(object_in(content[kind]).get("schema"))
        if body.get("required"):
            self._required.append(BODY)
        return True

    def _output_schema(self) -> dict[str, Any] | None:
        """That of the one answer that is a success; None where there are several, or none in JSON."""
        answers = {
            status: self._references.followed(said)
            for status, said in object_in(self._operation.get("responses")).items()
            if str(status).startswith("2")
        }
        if len(answers) != 1:
            return None
        content = object_in(next(iter(answers.values())).get("content"))
        schemas = [object_in(each).get("schema") for kind, each in content.items() if is_json(kind)]
        if len(content) != 1 or not schemas or not isinstance(schemas[0], dict):
            return None
        references = References(self._references.document)
        return self._checked(references.whole(references.schema(schemas[0])))

    def _checked(self, schema: dict[str, Any]) -> dict[str, Any]:
        try:
            compiled(schema)
        except SchemaInvalid as error:
            raise Unusable(f"its schema is none: {error}") from None
        return schema


def is_json(media_type: str) -> bool:
    """Whether bodies of this type are JSON."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain in {"application/json", "*/*"} or plain.endswith("+json")


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], Any]]:
    """Path, method, operation, and the parameters that the path has for all of its operations."""
    for path, item in document["paths"].items():
        if isinstance(item, dict) and str(path).startswith("/"):
            for method in METHODS:
                if isinstance(operation := item.get(method), dict):
                    yield str(path), method, operation, item.get("parameters")


def _server(source: OpenApiSource, document: Mapping[str, Any]) -> str:
    """Where calls go. Raises Invalid where that is not to be known, or is no address."""
    if source.server is not None:
        return source.server
    servers = document.get("servers")
    first: dict[str, Any] = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url = str(first.get("url", "/"))
    variables = first.get("variables")
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")) if isinstance(variable, dict) else "")
    url = urljoin(source.url or "", url)
    if list(wrong_url(url, ())):
        message = "The document does not say at which address its server is."
        raise _invalid("invalid_url", message, ("server",), "Say it: server: https://api.example.com/v1.")
    return url


def _require_openapi(document: Any) -> None:
    version = document.get("openapi") if isinstance(document, dict) else None
    if not str(version or "").startswith("3.") or not isinstance(document.get("paths"), dict):
        fix = "Swagger 2.0 can be converted; most servers give OpenAPI 3 as /openapi.json."
        raise _invalid("not_openapi", "This is no OpenAPI document of version 3.", ("document",), fix)


def _invalid(code: str, message: str, path: tuple[PathPart, ...], fix: str | None = None) -> Invalid:
    return Invalid("These tools cannot be made.", problems=[Problem(code, message, path, fix=fix)])
