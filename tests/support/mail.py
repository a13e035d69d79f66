"""A mail server that takes what it is sent, or refuses it: as much of SMTP as one message needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

import pytest


@dataclass(slots=True)
class MailSink:
    """`took` is the mail that arrived; with `refuses` none does."""

    port: int = 0
    refuses: bool = False
    took: list[Message] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""

        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 here")
        while line := await reader.readline():
            match line.split()[0].upper():
                case b"DATA":
                    await say("354 go on")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    self.took.append(message_from_bytes(data[:-5]))
                    await say("250 taken")
                case b"RCPT" if self.refuses:
                    await say("550 nobody of that name")
                case b"QUIT":
                    await say("221 bye")
                    break
                case _:
                    await say("250 well")
        writer.close()


@asynccontextmanager
async def running_mail_sink() -> AsyncIterator[MailSink]:
    """A server on a free port of loopback."""
    sink = MailSink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink


@pytest.fixture
async def mail_sink() -> AsyncIterator[MailSink]:
    """A server of the test's own."""
    async with running_mail_sink() as sink:
        yield sink
