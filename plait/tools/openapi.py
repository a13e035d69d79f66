"""An OpenAPI document as tools: each operation one, with a schema of its own."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from interpreter.problems import PathPart, Problem
from plait.errors import Invalid
from plait.tools.check import wrong_url
from plait.tools.model import Listing, OpenApiSource, Skipped, StoredTool
from plait.tools.names import is_among, plain_name, unlike
from plait.tools.operations import Operation, tool_of
from plait.tools.references import References, Unusable, list_in

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
MOST_TOOLS = 200


def openapi_tools(name: str, source: OpenApiSource, document: Any) -> Listing:
    """The tools of a document. Raises Invalid for what is no OpenAPI 3 document, and for too many operations."""
    _require_openapi(document)
    servers = _Servers(source, document)
    tools: list[StoredTool] = []
    skipped: list[Skipped] = []
    taken: set[str] = set()
    for path, method, item, said in _operations(document):
        known_as = unlike(plain_name(str(said.get("operationId") or f"{method} {path}")), taken)
        taken.add(known_as)
        if source.include and not is_among(known_as, source.include):
            continue
        try:
            parameters = [*list_in(item.get("parameters")), *list_in(said.get("parameters"))]
            operation = Operation(document, path, method, said, parameters)
            server = servers.of(said.get("servers") or item.get("servers"))
            may_repeat = is_among(known_as, source.idempotent)
            tools.append(tool_of(operation, f"{name}.{known_as}", server, source, may_repeat=may_repeat))
        except Unusable as error:
            skipped.append(Skipped(known_as, str(error)))
        if len(tools) > MOST_TOOLS:
            message = f"The document has more than {MOST_TOOLS} operations."
            raise _invalid("too_many_tools", message, ("include",), "Name those that are needed in `include`.")
    if not tools:
        why = f"; {skipped[0].name}: {skipped[0].reason}" if skipped else ""
        raise _invalid("no_tools", f"None of its operations can be a tool{why}.", ("document",))
    return Listing(tuple(tools), tuple(skipped))


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """Path, method, what is said of the path, and the operation."""
    references = References(document)
    for path, said in document["paths"].items():
        try:
            item = references.followed(said)
        except Unusable:
            continue
        for method in METHODS if str(path).startswith("/") else ():
            if isinstance(operation := item.get(method), dict):
                yield str(path), method, item, operation


class _Servers:
    """Where calls go: what was said of the source, else the first server of the document.

    Raises Invalid where that is not to be known, or is no address.
    """

    def __init__(self, source: OpenApiSource, document: Mapping[str, Any]) -> None:
        self._base = source.url or ""
        self._said = source.server
        self._first = self._address(document.get("servers"))
        self._server = self._said or self._first
        if list(wrong_url(self._server, ())):
            message = "The document does not say at which address its server is."
            raise _invalid("invalid_url", message, ("server",), "Say it: server: https://api.example.com/v1.")

    def of(self, own: Any) -> str:
        """That of an operation, for which a document may have others. Raises Unusable for another host, which has no
        business with the credentials.
        """
        if not own:
            return self._server
        address = self._address(own)
        if _origin(address) not in {_origin(self._first), _origin(self._server)}:
            raise Unusable("it has a server of its own; store it by itself, with that as `server`")
        return self._said or address

    def _address(self, servers: Any) -> str:
        """The first of them, its variables as they are if nobody chooses."""
        first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
        url = str(first.get("url", "/"))
        variables = first.get("variables")
        for name, variable in variables.items() if isinstance(variables, dict) else ():
            url = url.replace(f"{{{name}}}", str(variable.get("default", "")) if isinstance(variable, dict) else "")
        try:
            return urljoin(self._base, url)
        except ValueError:
            return ""


def _origin(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc.lower()


def _require_openapi(document: Any) -> None:
    version = document.get("openapi") if isinstance(document, dict) else None
    if not str(version or "").startswith("3.") or not isinstance(document.get("paths"), dict):
        fix = "Swagger 2.0 can be converted; most servers give OpenAPI 3 as /openapi.json."
        raise _invalid("not_openapi", "This is no OpenAPI document of version 3.", ("document",), fix)


def _invalid(code: str, message: str, path: tuple[PathPart, ...], fix: str | None = None) -> Invalid:
    return Invalid("These tools cannot be made.", problems=[Problem(code, message, path, fix=fix)])
