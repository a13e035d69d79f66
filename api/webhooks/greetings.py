"""What services send first, to see whether anybody is there."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from plait.webhooks.schemes import AnyScheme, GitHub, Slack


def greeting_of(scheme: AnyScheme, headers: Mapping[str, str], content: Any) -> Response | None:
    """The answer to a signed message that is only a greeting; None for any other."""
    if isinstance(scheme, GitHub) and headers.get("x-github-event") == "ping":
        return Response(status_code=200)
    if isinstance(scheme, Slack) and isinstance(content, dict) and content.get("type") == "url_verification":
        return JSONResponse({"challenge": str(content.get("challenge", ""))})
    return None
