"""The tools that come with Plait."""

from pathlib import Path
from typing import Any

import pytest

from activities.tools.context import ToolContext
from activities.tools.files import Files
from activities.tools.registry import ToolRegistry
from plait.egress import open_egress
from plait.sdk import ToolError
from tests.support.http_server import HttpServer

REGISTRY = ToolRegistry.load()


class Folder:
    """A files folder with the tools at hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.allow = ""

    async def __call__(self, name: str, **args: Any) -> Any:
        async with open_egress(self.allow) as http:
            context = ToolContext(
                "run",
                "node",
                "dev",
                "key",
                Files(self.root),
                lambda *_, **__: None,
                lambda: False,
                lambda *_, **__: None,
                http,
            )
            return await REGISTRY.call(name, args, context)


@pytest.fixture
def call(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


async def test_text_comes_back_as_it_was_written(call: Folder) -> None:
    assert await call("write_text", path="out/a.txt", text="grün\n") == {"path": "out/a.txt", "bytes": 6}
    assert await call("read_text", path="out/a.txt") == "grün\n"


async def test_json_comes_back_as_it_was_written(call: Folder) -> None:
    value = {"a": [1, 2.5, None, True, "ü"], "b": {}}
    await call("write_json", path="a.json", value=value)
    assert await call("read_json", path="a.json") == value


async def test_csv_rows_are_objects_of_text(call: Folder) -> None:
    (call.root / "in.csv").write_bytes('\ufeffid,name\r\n007,"Meier, Anna"\r\n8,"two\nlines"\r\n'.encode())
    rows = await call("read_csv", path="in.csv")
    assert rows == [{"id": "007", "name": "Meier, Anna"}, {"id": "8", "name": "two\nlines"}]


async def test_csv_may_have_another_delimiter(call: Folder) -> None:
    (call.root / "in.csv").write_text("a;b\n1;2\n")
    assert await call("read_csv", path="in.csv", delimiter=";") == [{"a": "1", "b": "2"}]


async def test_an_empty_csv_has_no_rows(call: Folder) -> None:
    (call.root / "in.csv").write_text("")
    assert await call("read_csv", path="in.csv") == []


async def test_a_csv_row_that_does_not_fit_is_named_by_its_line(call: Folder) -> None:
    (call.root / "in.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(ToolError, match="line 3: 1 values in 2 columns"):
        await call("read_csv", path="in.csv")


async def test_written_csv_has_all_columns_in_the_order_they_first_occur(call: Folder) -> None:
    await call("write_csv", path="out.csv", rows=[{"a": 1, "b": "x"}, {"b": None, "c": [1, 2]}])
    assert (call.root / "out.csv").read_text() == 'a,b,c\n1,x,\n,,"[1,2]"\n'


async def test_written_csv_can_be_read_again(call: Folder) -> None:
    rows = [{"a": 'quo"te', "b": "com,ma"}, {"a": "new\nline", "b": ""}]
    await call("write_csv", path="out.csv", rows=rows)
    assert await call("read_csv", path="out.csv") == rows


async def test_columns_can_be_chosen(call: Folder) -> None:
    await call("write_csv", path="out.csv", rows=[{"a": 1, "b": 2}], columns=["b"])
    assert (call.root / "out.csv").read_text() == "b\n2\n"


async def test_text_is_rendered_from_values(call: Folder) -> None:
    values = {"order": {"id": 7, "lines": [{"sku": "A"}]}, "paid": True}
    text = await call(
        "render_text", template="#${order.id} ${order.lines.0.sku} ${paid} ${order.lines} $5", values=values
    )
    assert text == '#7 A true [{"sku":"A"}] $5'


async def test_values_are_never_rendered_again(call: Folder) -> None:
    assert await call("render_text", template="${a} $${a}", values={"a": "${b}", "b": "no"}) == "${b} ${a}"


async def test_a_place_without_a_value_is_an_error(call: Folder) -> None:
    with pytest.raises(ToolError, match=r"order\.total"):
        await call("render_text", template="${order.total}", values={"order": {}})


@pytest.mark.parametrize("name", ["read_text", "read_json", "read_csv"])
async def test_what_cannot_be_read_is_a_tool_error_of_the_input(call: Folder, name: str) -> None:
    (call.root / "bad").write_bytes(b"\xff\xfe{")
    with pytest.raises(ToolError) as error:
        await call(name, path="bad")
    assert (error.value.category, error.value.retryable) == ("input", False)


@pytest.mark.parametrize("name", ["read_text", "read_json", "read_csv"])
async def test_a_name_that_leads_outside_is_refused(call: Folder, name: str) -> None:
    with pytest.raises(ToolError) as error:
        await call(name, path="../../etc/passwd")
    assert error.value.type == "FileRefused"


async def test_a_search_gives_what_the_service_finds_and_leaves_out_what_has_no_address(
    call: Folder, http_server: HttpServer
) -> None:
    call.allow = http_server.address
    found = await call("web_search", query="wind power", engine=f"{http_server.url}/search", limit=2)
    assert found == [
        {"title": "wind power 1", "url": "https://example.com/1", "text": "About wind power."},
        {"title": "https://example.com/2", "url": "https://example.com/2", "text": ""},
    ]
    assert http_server.seen[0].query == [("q", "wind power"), ("format", "json")]


@pytest.mark.parametrize(
    ("path", "kind", "retryable"),
    [
        ("/status/403", "SearchRefused", False),
        ("/status/429", "SearchRefused", True),
        ("/status/500", "SearchRefused", True),
        ("/text", "SearchUnreadable", False),
        ("/slow/0", "SearchUnreadable", False),
    ],
)
async def test_a_search_that_fails_says_how_and_whether_to_try_again(
    call: Folder,
    http_server: HttpServer,
    path: str,
    kind: str,
    retryable: bool,  # noqa: FBT001
) -> None:
    call.allow = http_server.address
    with pytest.raises(ToolError) as failed:
        await call("web_search", query="x", engine=f"{http_server.url}{path}")
    assert (failed.value.type, failed.value.retryable) == (kind, retryable)


async def test_a_search_does_not_reach_what_the_worker_does_not_allow(call: Folder, http_server: HttpServer) -> None:
    with pytest.raises(ToolError) as refused:
        await call("web_search", query="x", engine=f"{http_server.url}/search")
    assert refused.value.type == "EgressRefused"


async def test_a_search_service_that_is_away_is_tried_again(call: Folder) -> None:
    call.allow = "127.0.0.1:1"
    with pytest.raises(ToolError) as failed:
        await call("web_search", query="x", engine="http://127.0.0.1:1/search")
    assert (failed.value.type, failed.value.retryable) == ("SearchAway", True)
