"""The way of the A2A SDK to the network: its own HTTP client, whose every request goes through the guarded one."""

from typing import Any

import httpx  # noqa: TID251 - the SDK's client, which gets no way of its own to the network
import httpx2

from activities.http.answer import failure_of, read_body
from activities.kind import NodeError
from activities.tools.requests import origin_of
from plait.egress import EgressRefused

CUT = ("content-encoding", "content-length", "transfer-encoding")
"""Headers of an answer that no longer hold once its body was read."""


class Way(httpx.AsyncBaseTransport):
    """Passes requests on to the guarded client. The token goes to the agent's own origin, and to no other that its card
    may name.
    """

    def __init__(self, egress: httpx2.AsyncClient, url: str, token: str | None) -> None:
        self._egress = egress
        self._home = origin_of(url)
        self._token = token

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end. Raises NodeError for what cannot be reached, and for a failure."""
        url = str(request.url)
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        if self._token is not None and origin_of(url) == self._home:
            headers["authorization"] = f"Bearer {self._token}"
        asked = self._egress.build_request(request.method, url, headers=headers, content=await request.aread())
        try:
            answer = await self._egress.send(asked, stream=True)
        except EgressRefused as refused:
            raise NodeError("EgressRefused", str(refused), category="input") from None
        except httpx2.TransportError as error:
            message = f"the agent does not answer ({type(error).__name__})"
            raise NodeError("AgentUnavailable", message, retryable=True) from None
        try:
            return httpx.Response(answer.status_code, headers=kept(answer), content=await read(answer))
        finally:
            await answer.aclose()


async def read(answer: httpx2.Response) -> bytes:
    """The body, while it is of a size that an answer may have. Raises NodeError for an answer that is a failure."""
    if answer.status_code >= 400:
        raise await failure_of(answer, kind="AgentUnavailable")
    return await read_body(answer)


def kept(answer: httpx2.Response) -> dict[str, Any]:
    """The headers that still hold."""
    return {name: value for name, value in answer.headers.items() if name not in CUT}
