"""Watching long work from the command line."""

from typing import Any

import httpx2

from plait.cli.operations import watch_operation
from plait.cli.remote import Remote

RUNNING: dict[str, Any] = {"id": "7", "title": "evaluate", "status": "running", "done": 0, "total": 1}


def test_work_is_watched_on_after_the_api_was_away() -> None:
    asked = 0

    def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise httpx2.ConnectError("refused", request=request)
        return httpx2.Response(200, json=RUNNING | {"status": "completed", "done": 1})

    with httpx2.Client(base_url="http://here", transport=httpx2.MockTransport(answer)) as client:
        found = watch_operation(Remote(client), RUNNING, as_json=True)
    assert (found["status"], asked) == ("completed", 3)
