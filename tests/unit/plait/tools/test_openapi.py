"""What the operations of an OpenAPI document are made into."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.errors import Invalid
from plait.tools.listing import document_in, tools_in
from plait.tools.model import SOURCE, HttpCall, Listing
from plait.tools.openapi import MOST_TOOLS
from plait.values.schema import compiled
from tests.support.tool_servers import shop


def listing(operation: dict[str, Any], path: str = "/x", method: str = "post", **document: Any) -> Listing:
    return of({"openapi": "3.0.3", "paths": {path: {method: {"operationId": "act", **operation}}}, **document})


def of(document: dict[str, Any], **said: Any) -> Listing:
    source = SOURCE.validate_python({"kind": "openapi", "server": "https://api.example/v1/", **said})
    return tools_in("api", source, document)


def a_body(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def test_an_operation_takes_its_parameters_and_its_body_by_their_places() -> None:
    (tool,) = of(shop().openapi(), include=["find_*"]).tools
    call = tool.call
    assert isinstance(call, HttpCall)
    assert (call.method, call.url) == ("GET", "https://api.example/v1/articles/{name}")
    assert (call.query, call.headers) == ({"tags": '{{ args["tags"] }}'}, {"x-shop": '{{ args["x-shop"] }}'})
    assert (tool.entry.parameters["required"], tool.entry.idempotent) == (["name"], True)


def test_a_schema_that_refers_to_itself_is_taken_whole() -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/T"}}},
    }
    body = a_body({"$ref": "#/components/schemas/T"})
    (tool,) = listing({"requestBody": body}, components={"schemas": {"T": tree}}).tools
    schema = compiled(tool.entry.parameters)
    assert schema.accepts({"body": {"children": [{"children": []}]}})
    assert not schema.accepts({"body": {"children": [1]}})


def test_what_openapi_3_0_says_in_its_own_way_means_the_same() -> None:
    schema = {"type": "integer", "nullable": True, "minimum": 3, "exclusiveMinimum": True}
    (tool,) = listing({"requestBody": a_body(schema)}).tools
    assert [compiled(tool.entry.parameters).accepts({"body": value}) for value in (None, 3, 4)] == [True, False, True]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"requestBody": a_body({"$ref": "https://evil.example/x.json"})}, "another document"),
        ({"requestBody": a_body({"$ref": "other.yaml#/X"})}, "another document"),
        ({"requestBody": a_body({"$ref": "#/components/schemas/Gone"})}, "not in the document"),
        ({"requestBody": {"$ref": "#/paths/~1x/post/requestBody"}}, "circle"),
        ({"requestBody": a_body({}, "multipart/form-data")}, "not JSON"),
        ({"requestBody": a_body({"type": "nothing"})}, "its schema is none"),
        ({"servers": [{"url": "https://elsewhere.example"}]}, "server of its own"),
        ({"parameters": [{"name": "a", "in": "query", "content": {}}]}, "not known here"),
        ({"parameters": [{"name": "a", "in": "query", "style": "deepObject", "schema": {}}]}, "not known here"),
        ({"parameters": [{"name": "a", "in": "query", "explode": False, "schema": {"type": "array"}}]}, "one text"),
        ({"parameters": [{"name": "a", "in": "path", "required": True, "schema": {}}]}, "no place"),
        ({"parameters": [{"name": "a", "in": "cookie", "required": True, "schema": {}}]}, "cookie"),
        ({"parameters": [{"name": "a", "in": place, "schema": {}} for place in ("query", "header")]}, "two of its"),
    ],
)
def test_what_a_request_cannot_say_is_left_out_with_the_reason(operation: dict[str, Any], reason: str) -> None:
    document = {"openapi": "3.1.0", "paths": {"/x": {"post": operation}, "/ok": {"get": {"operationId": "ok"}}}}
    found = of(document)
    assert [tool.entry.name for tool in found.tools] == ["api.ok"]
    assert reason in found.skipped[0].reason


def test_operations_have_plain_names_and_no_two_the_same() -> None:
    named = {f"/{n}": {"get": {"operationId": name}} for n, name in enumerate(("getUser", "get-user", "GetUSER", ""))}
    names = [tool.entry.name for tool in of({"openapi": "3.1.0", "paths": named}).tools]
    assert names == ["api.get_user", "api.get_user_2", "api.get_user_3", "api.get_3"]


def test_credentials_of_a_document_go_to_the_server_that_was_said() -> None:
    document = {"openapi": "3.1.0", "servers": [{"url": "https://evil.example"}], "paths": {"/x": {"get": {}}}}
    (tool,) = of(document).tools
    assert isinstance(tool.call, HttpCall)
    assert tool.call.url == "https://api.example/v1/x"


def test_a_server_of_the_document_is_read_against_the_address_of_the_document() -> None:
    document = {"openapi": "3.1.0", "servers": [{"url": "/v2"}], "paths": {"/x": {"get": {}}}}
    (tool,) = of(document, server=None, url="https://a.example/openapi.json").tools
    assert isinstance(tool.call, HttpCall)
    assert tool.call.url == "https://a.example/v2/x"


def test_more_operations_than_anybody_chooses_from_are_asked_to_be_chosen() -> None:
    paths = {f"/{number}": {"get": {}} for number in range(MOST_TOOLS + 1)}
    with pytest.raises(Invalid) as refused:
        of({"openapi": "3.1.0", "paths": paths})
    assert refused.value.problems[0].code == "too_many_tools"


def test_a_document_is_read_from_yaml_too_with_its_numeric_statuses() -> None:
    text = "openapi: 3.1.0\npaths:\n  /x:\n    get:\n      responses:\n        200: {description: ok}\n"
    assert len(of(document_in(text)).tools) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "a", "#/paths/~1x", "query", "path"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$ref", "schema", "in", "name", "type", "content", "application/json", "properties", "allOf", "style"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
OPERATIONS = st.fixed_dictionaries({}, optional=dict.fromkeys(("parameters", "requestBody", "responses"), JSON))


@given(OPERATIONS)
def test_whatever_stands_in_an_operation_it_is_a_tool_or_left_out(operation: dict[str, Any]) -> None:
    document = {"openapi": "3.1.0", "paths": {"/x": {"post": operation}, "/ok": {"get": {}}}}
    found = of(document)
    assert len(found.tools) + len(found.skipped) == 2
    for tool in found.tools:
        compiled(tool.entry.parameters)
