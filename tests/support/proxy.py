"""A proxy in front of Postgres's socket that sees what passes, and can lose the reply to a commit."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, unquote

SOCKET = ".s.PGSQL.5432"


class Proxy:
    """`lose_commits` is how many of the next commits happen without their caller hearing of it, and
    `lose_reply_to` is text in the parameters of one statement that does, `lose_commit_of` of a
    statement whose transaction does; `sent` is what each
    connection's client has sent, in order. `hold_at` is text that does not reach the server, nor does
    anything behind it, on any connection: `held` says that it came.
    """

    def __init__(self, upstream: Path) -> None:
        self._upstream = upstream
        self.lose_commits = 0
        self.lose_reply_to: bytes | None = None
        self.lose_commit_of: bytes | None = None
        self.hold_at: bytes | None = None
        self.held = asyncio.Event()
        self.lost = 0
        self.sent: list[bytearray] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        server_reader, server_writer = await asyncio.open_unix_connection(self._upstream / SOCKET)
        log = bytearray()
        self.sent.append(log)
        lose, committing = asyncio.Event(), False

        async def forward() -> None:
            nonlocal committing
            while data := await reader.read(65536):
                log.extend(data)
                if self.hold_at is not None and self.hold_at in data:
                    self.held.set()
                if self.held.is_set():
                    continue
                if b"COMMIT;" in data and self.lose_commits > 0:
                    self.lose_commits -= 1
                    lose.set()
                if self.lose_reply_to is not None and self.lose_reply_to in data:
                    self.lose_reply_to = None
                    lose.set()
                if self.lose_commit_of is not None and self.lose_commit_of in data:
                    self.lose_commit_of, committing = None, True
                if committing and b"COMMIT;" in data:
                    lose.set()
                server_writer.write(data)
                await server_writer.drain()

        async def answer() -> None:
            while data := await server_reader.read(65536):
                if lose.is_set():
                    self.lost += 1
                    return
                writer.write(data)
                await writer.drain()

        tasks = [asyncio.create_task(forward()), asyncio.create_task(answer())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stream in (writer, server_writer):
            stream.close()
            with contextlib.suppress(OSError):
                await stream.wait_closed()


@asynccontextmanager
async def proxied(dsn: str) -> AsyncIterator[tuple[str, Proxy]]:
    """The same database through a proxy: its address, and the proxy."""
    address, _, host = dsn.partition("?host=")
    proxy = Proxy(Path(unquote(host)))
    with tempfile.TemporaryDirectory(prefix="plait-proxy-") as directory:
        server = await asyncio.start_unix_server(proxy.serve, Path(directory) / SOCKET)
        yield f"{address}?host={quote(directory, safe='')}", proxy
        server.close()
