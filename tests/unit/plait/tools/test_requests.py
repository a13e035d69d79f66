"""What a request is built into: whatever the arguments are, it goes to the tool's own server and path."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.kind import NodeError
from activities.tools.files import MAX_BYTES, Files
from activities.tools.requests import given_of, in_path, origin_of, send_call
from plait.tools.check import wrong_source
from plait.tools.listing import tools_in
from plait.tools.model import SOURCE, HttpCall
from tests.support.tool_servers import shop

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


SHOP = shop()
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
ANSWERS = st.fixed_dictionaries(
    {"name": WORDS, "age": st.integers(), "likes": st.lists(WORDS, max_size=4), "agreed": st.booleans()},
    optional={"fraction": st.floats(allow_nan=False, allow_infinity=False)},
)


async def called(operation: str, args: dict[str, Any], files: Files) -> Any:
    """What the shop answers, asked as its own document says."""
    source = SOURCE.validate_python({"kind": "openapi", "server": "http://shop.example", "include": [operation]})
    (tool,) = tools_in("shop", source, SHOP.openapi()).tools
    assert isinstance(tool.call, HttpCall)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(SHOP)) as client:
        return await send_call(client, tool.call, args, {}, {}, files, "key")


@settings(max_examples=50)
@given(ANSWERS, WORDS)
def test_a_form_says_what_was_said_whatever_that_is(answers: dict[str, Any], when: str) -> None:
    said = asyncio.run(called("answer", {"body": answers, "when": when}, Files(Path("/none"))))
    assert unquote(said.pop("when")) == when
    assert said == {"fraction": None, **answers}


@settings(max_examples=10)
@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_a_multipart_form_says_what_was_said_and_has_the_bytes_of_its_files(note: str, texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        files = Files(Path(folder))
        names = [f"scans/{number} ö.txt" for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            files.write(name, text.encode())
        body = {"note": note, "one": names[0], "more": names}
        said = asyncio.run(called("scan", {"body": body}, files))
    shown = [[name.rpartition("/")[2], text] for name, text in zip(names, texts, strict=True)]
    assert said == {"note": note, "files": [shown[0], *shown]}


async def test_a_text_is_sent_as_it_is(tmp_path: Path) -> None:
    assert await called("note", {"body": '{"a": 1}'}, Files(tmp_path)) == ["text/plain", '{"a": 1}']


@pytest.mark.parametrize("name", ["../secret", "gone.txt"])
async def test_a_file_that_may_not_be_read_is_not_sent(tmp_path: Path, name: str) -> None:
    with pytest.raises(NodeError) as refused:
        await called("scan", {"body": {"note": "a", "one": name, "more": []}}, Files(tmp_path))
    assert refused.value.type == "FileRefused"


async def test_the_files_of_one_request_have_a_limit_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(MAX_BYTES // 2 + 1)
    with pytest.raises(NodeError, match="together"):
        await called("scan", {"body": {"note": "a", "one": "a", "more": ["b"]}}, Files(tmp_path))


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
