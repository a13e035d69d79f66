"""How MCP's client reaches the network: through the guarded client, with a limit on what a server may answer."""

from collections.abc import AsyncIterator

import httpx2

from activities.http.answer import MAX_BYTES


class TooLarge(Exception):
    """The server answers with more than is read."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends by the client for everything that workflows send out, and keeps what went wrong: MCP's own client tells
    of a failed request without saying why.
    """

    def __init__(self, egress: httpx2.AsyncClient) -> None:
        self._egress = egress
        self.error: Exception | None = None
        self.status: int | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request and the head of its answer."""
        # What is decompressed here could be larger than what is counted.
        request.headers["accept-encoding"] = "identity"
        try:
            response = await self._egress.send(request, stream=True, follow_redirects=False)
        except Exception as error:
            self.error = error
            raise
        if response.status_code >= 400:
            self.status = response.status_code
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            self.error = httpx2.DecodingError("the answer is compressed, unasked")
            raise self.error
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Counted(response, self),
            extensions=response.extensions,
        )


class _Counted(httpx2.AsyncByteStream):
    """A body that breaks off when it becomes too large."""

    def __init__(self, response: httpx2.Response, transport: GuardedTransport) -> None:
        self._response = response
        self._transport = transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._response.aiter_raw():
            read += len(chunk)
            if read > MAX_BYTES:
                self._transport.error = TooLarge()
                raise self._transport.error
            yield chunk

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._response.aclose()
