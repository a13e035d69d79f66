"""The log over a WebSocket: events out, commands in, each answered under its id."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from api.control import service
from api.events.log import RunLog
from api.events.reading import Batch
from api.events.schemas import Command
from api.events.streams import follow_both
from api.http.codes import CODES
from api.http.errors import Refusal
from api.http.security import may_not_read_data, require_scope
from api.resources import Resources
from api.runs.control import cancel_run
from plait.auth import Caller
from plait.errors import NotFound, PlaitError, Unavailable
from plait.store import events as store
from plait.store.pool import is_outage

log = logging.getLogger("plait.events")

FORBIDDEN, UNKNOWN_RUN, TOO_SLOW, TOO_MANY = 4403, 4404, 4408, 4429
FAILED, AWAY = 1011, 1013
"""Codes of the protocol itself: our own fault, and to be tried again later."""
SLOW_SECONDS = 20.0
COMMANDS_A_SECOND = 50
LONGEST_COMMAND = 64 * 1024


class SlowClient(Exception):
    """The client has read nothing for too long."""


class Socket:
    """One client's conversation about one run."""

    def __init__(self, held: Resources, websocket: WebSocket, run_id: UUID, caller: Caller) -> None:
        self._held, self._websocket, self._run_id, self._caller = held, websocket, run_id, caller
        self._sending = asyncio.Lock()
        self._subscription: asyncio.Task[None] | None = None
        self._asked: deque[float] = deque(maxlen=COMMANDS_A_SECOND)

    async def serve(self) -> None:
        """Talk until either side closes."""
        await self._websocket.accept()
        if await store.read_end(self._held.pool, self._caller.project, self._run_id) is None:
            await self._websocket.close(UNKNOWN_RUN, "There is no such run.")
            return
        with contextlib.suppress(WebSocketDisconnect):
            async with self._closing():
                await self._listen()
        await self._unsubscribe()

    async def _listen(self) -> None:
        while True:
            text = await self._receive()
            if self._is_flooding() or len(text) > LONGEST_COMMAND:
                await self._websocket.close(TOO_MANY, "Too many or too long commands.")
                return
            await self._answer(text)

    async def _receive(self) -> str:
        """The next command's text; bytes are none, so they are answered as an empty command."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        return message.get("text") or ""

    def _is_flooding(self) -> bool:
        moment = asyncio.get_running_loop().time()
        flooding = len(self._asked) == COMMANDS_A_SECOND and moment - self._asked[0] < 1
        self._asked.append(moment)
        return flooding

    async def _answer(self, text: str) -> None:
        """Do as the client says, and say how it went."""
        said: Any = None
        try:
            said = orjson.loads(text)
            command = Command.model_validate(said)
            done = await self._do(command)
        except (ValidationError, orjson.JSONDecodeError):
            message = (
                "A command is {id, do: subscribe | unsubscribe | cancel | pause | resume | step | continue | ping}."
            )
            await self._refuse(said, Refusal("request_invalid", message))
        except PlaitError as error:
            await self._refuse(said, error)
        else:
            await self._send({"id": command.id, "ok": done})

    async def _refuse(self, said: Any, error: PlaitError) -> None:
        identifier = said.get("id") if isinstance(said, dict) else None
        status, title = CODES.get(error.code, CODES["internal"])
        problem = {"code": error.code, "status": status, "title": title, "detail": str(error), **error.facts}
        await self._send({"id": identifier, "problem": problem})

    async def _do(self, command: Command) -> bool:
        match command.do:
            case "subscribe":
                await self._unsubscribe()
                named = [command.path] if isinstance(command.path, str) else command.path
                types, paths = tuple(command.types or ()), tuple(named or ())
                events = RunLog(self._caller.project, self._run_id, types or None, paths or None)
                self._subscription = asyncio.create_task(self._stream(events, command.after))
            case "unsubscribe":
                await self._unsubscribe()
            case "ping":
                pass
            case "cancel" | "pause" | "resume" | "step" | "continue":
                require_scope(self._caller, "runs:control")
                await self._control(command)
        return True

    async def _control(self, command: Command) -> None:
        """Do as the route of the same name does."""
        held, run_id, caller, reason = self._held, self._run_id, self._caller, command.reason
        match command.do:
            case "cancel":
                await cancel_run(held, run_id, caller, reason)
            case "pause":
                await service.pause_run(held, run_id, caller, reason)
            case "resume":
                await service.resume_run(held, run_id, caller, reason)
            case "continue":
                await service.continue_run(held, run_id, caller, reason)
            case _ if isinstance(command.path, str):
                await service.step_run(held, run_id, caller, command.path, command.input, reason)
            case _:
                raise Refusal("request_invalid", "A step names one `path`, as text.")

    async def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._subscription.cancel()
            await asyncio.gather(self._subscription, return_exceptions=True)
            self._subscription = None

    async def _stream(self, events: RunLog, after: int) -> None:
        async with self._closing():
            texts = events.texts(redacted=may_not_read_data(self._caller))
            async for batch in follow_both(self._held, events, after, texts, SLOW_SECONDS):
                for text in batch.texts:
                    await self._say(f'{{"event":{text}}}')
                if isinstance(batch, Batch) and batch.ended:
                    await self._send({"end": {"status": batch.status, "last_seq": batch.next_after}})

    @asynccontextmanager
    async def _closing(self) -> AsyncIterator[None]:
        """Close the connection with its reason where the block cannot go on."""
        try:
            yield
        except NotFound:
            await self._websocket.close(UNKNOWN_RUN, "The run was deleted.")
        except SlowClient:
            await self._websocket.close(TOO_SLOW, "Nothing was read for too long.")
        except WebSocketDisconnect:
            raise
        except Exception as error:
            away = isinstance(error, Unavailable) or is_outage(error)
            if not away:
                log.exception("a conversation about run %s failed", self._run_id)
            await self._websocket.close(AWAY if away else FAILED, "Ask again later." if away else "Plait failed.")

    async def _send(self, message: dict[str, Any]) -> None:
        await self._say(orjson.dumps(message, default=str).decode())

    async def _say(self, text: str) -> None:
        """Send within the time that a client has; one that does not read is dropped, alone."""
        try:
            async with self._sending, asyncio.timeout(SLOW_SECONDS):
                await self._websocket.send_text(text)
        except TimeoutError:
            raise SlowClient from None
