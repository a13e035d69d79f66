"""Sends one message: over HTTP signed, as text to a chat's incoming webhook, or as mail."""

import asyncio
import smtplib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
import orjson

from plait.egress import EgressRefused
from plait.endpoints.notice import sentence_of
from plait.endpoints.signing import signed_headers
from plait.store.endpoint_deliveries import Outcome

SECONDS = 15.0
"""How long an endpoint may take, from the first byte to the last that is read."""
ANSWER_BYTES = 1024
"""How much of an answer is kept."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent where. `id` is the same for every attempt, so that a receiver knows what it had before."""

    id: str
    kind: str
    url: str
    keys: tuple[str, ...]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MailServer:
    """`url` is smtp://user:password@host:587, or smtps:// for TLS from the first byte."""

    url: str
    sender: str


async def send(
    client: httpx2.AsyncClient,
    mail: MailServer | None,
    message: Message,
    timestamp: int,
    seconds: float = SECONDS,
) -> Outcome:
    """Send it once, within so many seconds. Whatever goes wrong is the outcome's `error`, never an exception."""
    began = time.monotonic()
    status, error, answer = None, None, None
    try:
        async with asyncio.timeout(seconds):
            if message.kind == "email":
                error = await send_mail(mail, message)
            else:
                status, answer = await post(client, message, timestamp)
    except TimeoutError:
        error = f"no answer within {seconds:g} s"
    except EgressRefused as refused:
        error = str(refused)
    except (httpx2.HTTPError, httpx2.InvalidURL) as failed:
        error = f"{type(failed).__name__}: the connection failed"
    except (smtplib.SMTPException, OSError) as failed:
        error = f"{type(failed).__name__}: the mail server did not take it"
    if status is not None and not 200 <= status < 300:
        error = f"HTTP {status}" + (", and redirects are not followed" if 300 <= status < 400 else "")
    return Outcome(status, error, answer, int((time.monotonic() - began) * 1000))


async def post(client: httpx2.AsyncClient, message: Message, timestamp: int) -> tuple[int, str]:
    """The status of the answer, and how it begins."""
    if message.kind == "slack":
        content = orjson.dumps({"text": escape(sentence_of(message.body), quote=False)})
        headers: dict[str, str] = {}
    else:
        # The order in which people read it; rows do not keep one.
        content = orjson.dumps({name: message.body[name] for name in ("type", "timestamp", "data")})
        headers = signed_headers(message.keys, message.id, timestamp, content)
    headers["content-type"] = "application/json"
    async with client.stream("POST", message.url, content=content, headers=headers) as answer:
        begun = b""
        async for chunk in answer.aiter_bytes():
            begun += chunk
            if len(begun) >= ANSWER_BYTES:
                break
        return answer.status_code, begun[:ANSWER_BYTES].decode(errors="replace").replace("\0", "")


async def send_mail(mail: MailServer | None, message: Message) -> str | None:
    """Hand the message to the mail server; the reason why that cannot be, if so."""
    if mail is None:
        return "no mail server is set: PLAIT_SMTP_URL"
    text = " ".join(sentence_of(message.body).split())  # a header has one line
    mailed = EmailMessage()
    mailed["Subject"] = text
    mailed["From"] = mail.sender
    mailed["To"] = unquote(urlsplit(message.url).path)
    mailed["Message-ID"] = f"<{message.id}@plait>"
    details = orjson.dumps(message.body["data"], option=orjson.OPT_INDENT_2).decode()
    mailed.set_content(f"{text}\n\n{message.body['type']} at {message.body['timestamp']}\n\n{details}\n")
    await asyncio.to_thread(hand_over, mail, mailed)
    return None


def hand_over(mail: MailServer, message: EmailMessage) -> None:
    """Speak SMTP: with TLS where the server has it, and never a password without."""
    server = urlsplit(mail.url)
    host, context = server.hostname or "localhost", ssl.create_default_context()
    if server.scheme == "smtps":
        connection = smtplib.SMTP_SSL(host, server.port or 465, timeout=SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, server.port or 587, timeout=SECONDS)
    with connection:
        connection.ehlo_or_helo_if_needed()
        secured = server.scheme == "smtps"
        if not secured and connection.has_extn("starttls"):
            connection.starttls(context=context)
            secured = True
        if server.username and server.password:
            if not secured:
                raise smtplib.SMTPNotSupportedError("the mail server offers no TLS, so it is told no password")
            connection.login(unquote(server.username), unquote(server.password))
        connection.send_message(message)
