"""A proxy in front of a TCP port that is slow, breaks connections, or lets nothing through."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class TcpProxy:
    """`delay` gives the seconds that each piece takes on its way. While `requests` or `replies` is cleared, what
    comes in that direction waits, as on a line that is half open; nothing of it is lost.
    """

    def __init__(self, upstream: str) -> None:
        host, _, port = upstream.rpartition(":")
        self._upstream = host, int(port)
        self._writers: set[asyncio.StreamWriter] = set()
        self.delay: Callable[[], float] = lambda: 0.0
        self.requests, self.replies = asyncio.Event(), asyncio.Event()
        self.heal()

    def heal(self) -> None:
        """Let everything through at once."""
        self.delay = lambda: 0.0
        self.requests.set()
        self.replies.set()

    def reset(self) -> int:
        """Break all connections without a word; how many there were."""
        for writer in self._writers:
            writer.transport.abort()
        return len(self._writers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._upstream)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(writer)
        ways = (
            self._carry(reader, server_writer, self.requests),
            self._carry(server_reader, writer, self.replies),
        )
        tasks = [asyncio.create_task(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._writers.discard(writer)
        for stream in (writer, server_writer):
            stream.close()
            with contextlib.suppress(OSError):
                await stream.wait_closed()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, is_open: asyncio.Event) -> None:
        """Every piece after its delay, in order; many may be on their way at once."""
        clock, on_their_way = asyncio.get_running_loop().time, asyncio.Queue[tuple[float, bytes]]()

        async def deliver() -> None:
            while True:
                due, data = await on_their_way.get()
                await asyncio.sleep(max(0.0, due - clock()))
                await is_open.wait()
                target.write(data)
                await target.drain()

        delivering = asyncio.create_task(deliver())
        try:
            while data := await source.read(65536):
                on_their_way.put_nowait((clock() + self.delay(), data))
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)


@asynccontextmanager
async def tcp_proxied(upstream: str) -> AsyncIterator[tuple[str, TcpProxy]]:
    """A way to the address `upstream`: its own address, and the proxy."""
    proxy = TcpProxy(upstream)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"127.0.0.1:{port}", proxy
    finally:
        server.close()
        proxy.reset()
