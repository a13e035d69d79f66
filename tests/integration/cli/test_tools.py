"""Tools on the command line."""

import json

from tests.integration.cli.support import Shell
from tests.support.http_server import HttpServer
from tests.support.live import Live
from tests.support.tool_servers import shop

WEATHER = """
kind: http
description: Sun or rain.
url: {url}/echo/{{city}}
parameters: {{type: object, required: [city], properties: {{city: {{type: string}}}}}}
result: body.method
"""


async def test_a_request_is_stored_shown_called_and_deleted(idle: Live, http_server: HttpServer) -> None:
    shell = Shell.of(idle, idle.files_dir)
    file = shell.write("weather.yaml", WEATHER.format(url=http_server.url))
    made = await shell.plait("tools", "add", "weather", file)
    assert made.out == "weather(city) Sun or rain.\n", made.err
    assert "weather" in (await shell.plait("tools", "list", "--kind", "http")).out
    shown = await shell.plait("tools", "show", "weather", "--json")
    assert (shown.json["stored"]["revision"], shown.json["used_by"]) == (1, [])
    async with idle.working(reaches="127.0.0.0/8"):
        said = await shell.plait("tools", "test", "weather", "--args", '{"city": "Rome"}')
        assert (said.code, said.out.splitlines()[0]) == (0, '"GET"')
        wrong = await shell.plait("tools", "test", "weather")
        assert (wrong.code, "ArgumentsInvalid" in wrong.out) == (1, True)
    assert (await shell.plait("tools", "delete", "weather")).out == "Deleted weather.\n"


async def test_an_openapi_file_is_shown_before_it_is_stored(idle: Live) -> None:
    shell = Shell.of(idle, idle.files_dir)
    file = shell.write("shop.json", json.dumps(shop().openapi()))
    words = ("tools", "add", "shop", "--openapi", file, "--server", "https://shop.example", "--include", "find_*")
    shown = await shell.plait(*words, "--dry-run")
    assert shown.out == "shop.find_article(name, tags?, x-shop?) An article\n", shown.err
    assert (await shell.plait("tools", "show", "shop")).code == 1
    assert (await shell.plait(*words, "--bearer", "SHOP_KEY")).code == 0
    again = await shell.plait(*words)
    assert (again.code, "--replace" in again.err) == (1, True)
    replaced = await shell.plait(*words, "--replace", "--json")
    assert replaced.code == 0, replaced.err
    assert replaced.json["stored"]["revision"] == 2


async def test_what_is_not_said_whole_is_one_sentence(idle: Live) -> None:
    shell = Shell.of(idle, idle.files_dir)
    assert "Say what it is" in (await shell.plait("tools", "add", "x")).err
    assert "cannot be read" in (await shell.plait("tools", "add", "x", "nowhere.yaml")).err
