"""A real A2A server, made with the SDK: an agent that does what its task says."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from a2a.helpers import new_data_part, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Task, TaskState, TaskStatus
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.support.serving import OnLoopback, served


@dataclass(slots=True)
class Helper(AgentExecutor):
    """`say X` answers with text, `score X` with data, `wait` for ever, `ask` wants more, `fail` fails; `now X` answers
    without a task.
    """

    heard: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        text = context.get_user_input()
        self.heard.append(text)
        assert context.message is not None
        assert context.task_id is not None
        assert context.context_id is not None
        self.messages.append(context.message.message_id)
        word, _, rest = text.partition(" ")
        if word == "now":
            await event_queue.enqueue_event(new_text_message(rest))
            return
        submitted = TaskStatus(state=TaskState.TASK_STATE_SUBMITTED)
        await event_queue.enqueue_event(Task(id=context.task_id, context_id=context.context_id, status=submitted))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work()
        self.started.set()
        match word:
            case "wait":
                await asyncio.sleep(3600)
            case "ask":
                await task.requires_input(new_text_message("Which contract?"))
            case "fail":
                await task.failed(new_text_message("The archive is closed."))
            case "score":
                await task.add_artifact([new_data_part({"value": len(rest), "of": rest})])
                await task.complete()
            case _:
                await asyncio.sleep(0.15)
                await task.add_artifact([new_text_part(rest)])
                await task.complete()

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        assert context.task_id is not None
        assert context.context_id is not None
        self.cancelled.append(context.task_id)
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


@dataclass(slots=True)
class A2aServer(OnLoopback):
    """The server, and the agent that is behind it."""

    helper: Helper


@asynccontextmanager
async def running_a2a_server(key: str | None = None) -> AsyncIterator[A2aServer]:
    """The agent on a free port of loopback; with a `key` it wants that as a bearer token."""
    helper = Helper()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    card = AgentCard(
        name="helper",
        description="Does what it is told.",
        version="1",
        supported_interfaces=[
            AgentInterface(url=f"http://127.0.0.1:{port}/rpc", protocol_binding="JSONRPC", protocol_version="1.0")
        ],
        capabilities=AgentCapabilities(streaming=False),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(id="do", name="do", description="Does it.", tags=["do"])],
    )
    handler = DefaultRequestHandler(helper, InMemoryTaskStore(), card)
    routes = Starlette(routes=[*create_agent_card_routes(card), *create_jsonrpc_routes(handler, "/rpc")])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        helper.tokens.append(Headers(scope=scope).get("authorization"))
        is_known = key is None or helper.tokens[-1] == f"Bearer {key}"
        await (routes if is_known else Response(status_code=401))(scope, receive, send)

    try:
        async with served(app, listening):
            yield A2aServer(helper, port=port)
    finally:
        await handler.aclose()
