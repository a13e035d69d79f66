"""What the operations of an OpenAPI document are made into."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.errors import Invalid
from plait.tools.bodies import FILE, FORM
from plait.tools.listing import document_in, tools_in
from plait.tools.model import SOURCE, HttpCall, Listing
from plait.tools.openapi import MOST_TOOLS
from plait.tools.operations import RESULT_NODES
from plait.values.schema import compiled
from tests.support.tool_servers import shop

A = {"type": "object", "properties": {"a": {"type": "string"}}}


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
    places = {each.name: (each.place, each.style, each.explode) for each in call.parameters}
    assert places == {
        "name": ("path", "simple", False),
        "tags": ("query", "form", True),
        "x-shop": ("header", "simple", False),
    }
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
        ({"requestBody": {"content": {}}}, "its body is nothing"),
        (
            {"requestBody": {"content": {FORM: {"schema": A, "encoding": {"a": {"style": "woven"}}}}}},
            "field a is written in a way",
        ),
        ({"requestBody": a_body({"type": "nothing"})}, "its schema is none"),
        ({"servers": [{"url": "https://elsewhere.example"}]}, "server of its own"),
        ({"parameters": [{"name": "a", "in": "query", "content": {}}]}, "not known here"),
        ({"parameters": [{"name": "a", "in": "header", "style": "deepObject", "schema": {}}]}, "not known here"),
        ({"parameters": [{"name": "a", "in": "path", "required": True, "schema": {}}]}, "no place"),
        ({"parameters": [{"name": "a", "in": place, "schema": {}} for place in ("query", "header")]}, "two of its"),
    ],
)
def test_what_a_request_cannot_say_is_left_out_with_the_reason(operation: dict[str, Any], reason: str) -> None:
    document = {"openapi": "3.1.0", "paths": {"/x": {"post": operation}, "/ok": {"get": {"operationId": "ok"}}}}
    found = of(document)
    assert [tool.entry.name for tool in found.tools] == ["api.ok"]
    assert reason in found.skipped[0].reason


@pytest.mark.parametrize(("path", "reason"), [("/x/{id}", "no parameter of that name"), ("/x#y", "has a #")])
def test_an_operation_whose_path_is_not_to_be_filled_is_left_out(path: str, reason: str) -> None:
    found = of({"openapi": "3.1.0", "paths": {path: {"get": {}}, "/ok": {"get": {}}}})
    assert ([tool.entry.name for tool in found.tools], reason in found.skipped[0].reason) == (["api.get_ok"], True)


def test_a_header_that_the_source_says_is_no_argument() -> None:
    parameters = [{"name": name, "in": "header", "required": True, "schema": {}} for name in ("X-Api-Key", "X-Other")]
    document = {"openapi": "3.1.0", "paths": {"/x": {"get": {"parameters": parameters}}}}
    (tool,) = of(document, headers={"x-api-key": "{{ secrets.KEY }}"}).tools
    assert list(tool.entry.parameters["properties"]) == ["X-Other"]


def test_a_file_of_a_form_is_given_by_its_name() -> None:
    binary = {"type": "string", "format": "binary", "description": "A scan."}
    newer = {"type": "string", "contentMediaType": "application/octet-stream"}
    said = {"allOf": [{"properties": {"scan": binary}}, {"properties": {"more": {"type": "array", "items": newer}}}]}
    (tool,) = listing({"requestBody": a_body(said, "multipart/form-data")}).tools
    call = tool.call
    assert isinstance(call, HttpCall)
    assert call.content is not None
    assert {name: field.file for name, field in call.content.fields.items()} == {"scan": True, "more": True}
    scan = tool.entry.parameters["properties"]["body"]["allOf"][0]["properties"]["scan"]
    assert scan == {"type": "string", "description": f"A scan. {FILE}"}


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_body_that_a_read_may_have_is_left_out(method: str) -> None:
    body = {"content": {FORM: {"schema": {"properties": {}, "type": "object"}}}}
    (tool,) = listing({"requestBody": body}, method=method).tools
    assert tool.entry.parameters["properties"] == {}


def test_names_that_look_like_keywords_stay_what_they_are() -> None:
    named = {name: {"type": "integer"} for name in ("nullable", "example", "xml", "$ref", "exclusiveMinimum")}
    schema = {"type": "object", "properties": named, "required": list(named), "default": {"example": 1}}
    (tool,) = listing({"requestBody": a_body(schema)}).tools
    body = tool.entry.parameters["properties"]["body"]
    assert (body["properties"], body["default"]) == (named, {"example": 1})


def test_null_is_taken_where_nullable_stands_beside_other_schemas() -> None:
    schema = {"nullable": True, "anyOf": [{"$ref": "#/components/schemas/T"}]}
    (tool,) = listing({"requestBody": a_body(schema)}, components={"schemas": {"T": {"type": "string"}}}).tools
    assert [compiled(tool.entry.parameters).accepts({"body": value}) for value in (None, "a", 1)] == [True, True, False]


def test_a_long_chain_of_references_is_no_deep_one() -> None:
    schemas = {f"S{n}": {"properties": {"next": {"$ref": f"#/components/schemas/S{n + 1}"}}} for n in range(3000)}
    body = a_body({"$ref": "#/components/schemas/S0"})
    (tool,) = listing({"requestBody": body}, components={"schemas": {**schemas, "S3000": {}}}).tools
    assert len(tool.entry.parameters["$defs"]) == 3001


def test_a_reference_is_followed_through_paths_and_lists() -> None:
    parameter = {"name": "a b", "in": "query", "schema": {}}
    one = {"/x/%7B": {"get": {"parameters": [parameter]}}}
    other = {"/y": {"get": {"parameters": [{"$ref": "#/paths/~1x~1%257B/get/parameters/0"}]}}}
    whole = {"/z": {"$ref": "#/paths/~1y"}}
    found = of({"openapi": "3.1.0", "paths": {**one, **other, **whole}})
    assert [list(tool.entry.parameters["properties"]) for tool in found.tools] == [["a b"]] * 3


def test_an_answer_that_cannot_be_described_keeps_nobody_from_asking() -> None:
    large = {"properties": {f"p{n}": {"type": "string"} for n in range(RESULT_NODES)}}
    for schema in (large, {"$ref": "#/gone"}, {"type": "nothing"}):
        answer = {"200": {"content": {"application/json": {"schema": schema}}}}
        (tool,) = listing({"responses": answer}).tools
        assert tool.entry.output_schema is None


def test_a_json_body_of_a_type_of_its_own_is_sent_as_that() -> None:
    (tool,) = listing({"requestBody": a_body({}, "application/merge-patch+json")}, method="patch").tools
    assert isinstance(tool.call, HttpCall)
    assert tool.call.headers == {"content-type": "application/merge-patch+json"}


def test_a_server_of_an_operation_is_taken_where_it_is_the_same_host() -> None:
    servers = {"servers": [{"url": "https://a.example/v1"}]}
    own = {"get": {"servers": [{"url": "https://a.example/v2"}]}}
    far = {"servers": [{"url": "https://files.example"}], "get": {}}
    document = {"openapi": "3.1.0", **servers, "paths": {"/x": own, "/far": far}}
    found = of(document, server=None)
    assert [tool.call.url for tool in found.tools] == ["https://a.example/v2/x"]
    assert "store it by itself" in found.skipped[0].reason
    (tool,) = of(document, server="https://files.example", include=["get_far"]).tools
    assert tool.call.url == "https://files.example/far"


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
                [
                    *("$ref", "schema", "in", "name", "type", "content", "application/json", "properties", "allOf"),
                    *("style", "explode", "encoding", "contentType", "servers", "url", "items", "nullable", FORM),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
OPERATIONS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("parameters", "requestBody", "responses", "servers"), JSON)
)


@given(OPERATIONS)
def test_whatever_stands_in_an_operation_it_is_a_tool_or_left_out(operation: dict[str, Any]) -> None:
    document = {"openapi": "3.1.0", "paths": {"/x": {"post": operation}, "/ok": {"get": {}}}}
    found = of(document)
    assert len(found.tools) + len(found.skipped) == 2
    for tool in found.tools:
        compiled(tool.entry.parameters)
