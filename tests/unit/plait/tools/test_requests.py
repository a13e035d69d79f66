"""What a request is built into: whatever the arguments are, it goes to the tool's own server and path."""

from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.kind import NodeError
from activities.tools.requests import given_of, in_path, origin_of
from plait.tools.check import wrong_source
from plait.tools.model import SOURCE, HttpCall

TEXT = st.text(max_size=20) | st.sampled_from(
    ["..", "%2e%2e", "..%2f", "/../", "\\..\\", "//evil.example", "?a=b", "#x"]
)


@given(TEXT, TEXT)
def test_an_argument_in_the_path_leaves_host_depth_and_the_rest_of_the_path_alone(one: str, two: str) -> None:
    call = HttpCall(method="GET", url="https://api.example:8443/a/{one}/b/{two}/c")
    try:
        said = given_of(call, {"one": one, "two": two}, {}, {})["url"]
    except NodeError:
        return
    url = httpx2.URL(said)
    parts = url.raw_path.decode().split("/")
    assert origin_of(said) == ("https", "api.example", 8443)
    assert (len(parts), parts[1], parts[3], parts[5], url.query) == (6, "a", "b", "c", b"")
    assert not {"..", "."} & set(parts)


@pytest.mark.parametrize("value", ["..", "a/..", "../a", "..\\a", ".", ""])
def test_what_could_be_read_as_another_path_is_refused(value: str) -> None:
    with pytest.raises(NodeError):
        in_path("name", value)


def test_what_comes_to_null_is_left_out() -> None:
    call = HttpCall(method="POST", url="https://x.example", query={"q": "{{ args.q }}"}, body="{{ args.body }}")
    given_ = given_of(call, {}, {"q": {}, "body": {}}, {})
    assert (given_["query"], "json" in given_) == ({}, False)


def test_an_argument_is_never_read_as_a_template_or_as_a_place() -> None:
    call = HttpCall(method="POST", url="https://x.example/{a}", body="{{ rest }}")
    given_ = given_of(call, {"a": "{b}", "b": "{{ secrets.KEY }}"}, {}, {"KEY": "s3cret"})
    assert (given_["url"], given_["json"]) == ("https://x.example/%7Bb%7D", {"b": "{{ secrets.KEY }}"})


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"url": "ftp://x.example"}, "invalid_url"),
        ({"url": "https://user:pw@x.example"}, "invalid_url"),
        ({"url": "https://{host}.example/x"}, "invalid_url"),
        ({"url": "https://x.example/a?b={c}"}, "invalid_url"),
        ({"url": "https://x.example:99999/"}, "invalid_url"),
        ({"url": "https://x.example/{gone}"}, "unknown_argument"),
        ({"parameters": {"type": "array"}}, "invalid_schema"),
        ({"auth": {"username": "ann", "password": "hunter2"}}, "secret_not_named"),
        ({"headers": {"X-Api-Key": "hunter2"}}, "secret_not_named"),
        ({"auth": {"username": "ann"}}, "invalid_value"),
        ({"auth": {"bearer": "{{ args.token }}"}}, "unknown_name"),
        ({"body": {"all": "{{ secrets }}"}}, "secret_not_named"),
        ({"result": "nodes.x"}, "unknown_name"),
    ],
)
def test_a_definition_that_cannot_be_says_why(said: dict[str, Any], code: str) -> None:
    source = SOURCE.validate_python({"kind": "http", "url": "https://x.example", **said})
    assert code in {problem.code for problem in wrong_source(source)}


def test_a_variable_of_a_macro_is_no_unknown_name() -> None:
    query = {"ids": "{{ args.ids.map(each, each + 1) }}"}
    parameters = {"type": "object", "properties": {"ids": {}}}
    source = {"kind": "http", "url": "https://x.example", "query": query, "parameters": parameters}
    assert list(wrong_source(SOURCE.validate_python(source))) == []
