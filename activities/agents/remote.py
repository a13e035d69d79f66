"""Agents that answer elsewhere, over A2A: one task for a turn, followed to its end, and cancelled with the turn. Which
task it is goes on record, so that the attempt after one that died follows the same.

The SDK is the optional extra `a2a` and is loaded by the first turn that needs it.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from activities.kind import NodeContext, NodeError
from activities.models.messages import Message, assistant, text_in
from interpreter.values import Json
from plait.agents import RemoteAgent
from plait.settings import SECRET_PREFIX, secrets_for
from plait.values.schema import compiled

if TYPE_CHECKING:
    from a2a.client import Client
    from a2a.types import Part, Task

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two looks at a task."""
CANCEL_SECONDS = 5.0
TASK = "task"
"""Under this name the turn's `meta` has the agent's id of its task."""


async def ask_remote(
    context: NodeContext, name: str, agent: RemoteAgent, messages: list[Message]
) -> tuple[Message, Json]:
    """The agent's answer as a message, and as what fits its `output_schema`, or text.

    Raises NodeError: `AgentUnavailable`, `AgentFailed`, `AgentInputRequired`, `OutputInvalid`, `EgressRefused`,
    `SecretNotSet`, `ExtraMissing`.
    """
    try:
        import httpx  # noqa: TID251 - the SDK's client, which gets no way of its own to the network
        from a2a.client import ClientConfig, ClientFactory
        from a2a.utils.errors import A2AError

        from activities.agents.way import Way
    except ImportError:
        message = "agents that answer elsewhere need an extra: install plait[a2a] for the workers"
        raise NodeError("ExtraMissing", message, category="platform") from None
    way = Way(context.services.egress, agent.url, token_of(context, agent))
    async with httpx.AsyncClient(transport=way) as http:
        try:
            factory = ClientFactory(ClientConfig(streaming=False, polling=True, httpx_client=http))
            client = await factory.create_from_url(agent.url)
            parts = await _Talk(context, name, client).ask(messages)
        except A2AError as error:
            message = f"the agent {name} does not speak A2A as it should ({type(error).__name__})"
            raise NodeError("AgentUnavailable", message) from None
    text, output = answer_of(name, agent, parts)
    return assistant(text), output


def token_of(context: NodeContext, agent: RemoteAgent) -> str | None:
    """The bearer token, as the run's environment has it."""
    if agent.secret is None:
        return None
    token = secrets_for(context.task.environment, context.services.secrets).get(agent.secret)
    if token is None:
        message = f"this worker has no secret {agent.secret}: set {SECRET_PREFIX}{agent.secret}"
        raise NodeError("SecretNotSet", message, category="platform")
    return token


@dataclass(frozen=True, slots=True)
class _Talk:
    """One task of an agent, by its name in the registry."""

    context: NodeContext
    name: str
    client: "Client"

    async def ask(self, messages: list[Message]) -> list["Part"]:
        """Send the conversation, unless an attempt before this one has, and wait for what comes of it."""
        if (begun := await self._begun()) is not None:
            return await self._follow(begun)
        from a2a.helpers import new_text_message
        from a2a.types import Role, SendMessageRequest

        message = new_text_message(said_in(messages), role=Role.ROLE_USER)
        # Every attempt of a node sends the same id: where the task is not on record, the agent may know it by that.
        message.message_id = str(uuid5(NAMESPACE_URL, self.context.idempotency_key))
        async for answer in self.client.send_message(SendMessageRequest(message=message)):
            if answer.HasField("message"):
                return list(answer.message.parts)
            if answer.HasField("task"):
                return await self._follow(answer.task)
        raise NodeError("AgentUnavailable", f"the agent {self.name} answered nothing", retryable=True)

    async def _begun(self) -> "Task | None":
        """The task of an attempt before this one; None where there is none, or it went with that attempt's timeout."""
        from a2a.types import GetTaskRequest, TaskState
        from a2a.utils.errors import TaskNotFoundError

        known = self.context.kept.get(TASK)
        if known is None:
            return None
        try:
            task = await self.client.get_task(GetTaskRequest(id=known))
        except TaskNotFoundError:
            return None
        return None if task.status.state == TaskState.TASK_STATE_CANCELED else task

    async def _follow(self, task: "Task") -> list["Part"]:
        """The parts of the task's artifacts, once it has ended well."""
        from a2a.types import GetTaskRequest

        pause = FIRST_PAUSE
        try:
            self.context.meta[TASK] = task.id
            await self.context.keep()
            while not self._has_ended(task):
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)
                task = await self.client.get_task(GetTaskRequest(id=task.id))
        except asyncio.CancelledError:
            await self._cancel(task.id)
            raise
        parts = [part for artifact in task.artifacts for part in artifact.parts]
        return parts or list(task.status.message.parts)

    def _has_ended(self, task: "Task") -> bool:
        """Whether it completed. Raises NodeError where it cannot come to that any more."""
        from a2a.types import TaskState

        match task.status.state:
            case TaskState.TASK_STATE_COMPLETED:
                return True
            case TaskState.TASK_STATE_INPUT_REQUIRED | TaskState.TASK_STATE_AUTH_REQUIRED:
                message = f"the agent {self.name} asks for more than the task gives it"
                raise NodeError("AgentInputRequired", message, details=self._details(task))
            case TaskState.TASK_STATE_FAILED | TaskState.TASK_STATE_REJECTED | TaskState.TASK_STATE_CANCELED:
                how = TaskState.Name(task.status.state).removeprefix("TASK_STATE_").lower()
                message = f"the agent {self.name} ended its task as {how}"
                raise NodeError("AgentFailed", message, details=self._details(task))
            case _:
                return False

    def _details(self, task: "Task") -> dict[str, Any]:
        """What the agent says of its task."""
        from a2a.helpers import get_text_parts

        return {"task": task.id, "said": "\n".join(get_text_parts(task.status.message.parts))[:2000]}

    async def _cancel(self, task: str) -> None:
        """Hand the cancel on; an agent that does not hear it in time goes on by itself."""
        from a2a.types import CancelTaskRequest
        from a2a.utils.errors import A2AError

        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                await self.client.cancel_task(CancelTaskRequest(id=task))
        except (A2AError, NodeError, TimeoutError):
            return


def said_in(messages: list[Message]) -> str:
    """The conversation as one text: A2A takes one message. A single one is itself."""
    if len(messages) == 1:
        return text_in(messages[0])
    return "\n\n".join(f"{message['role']}: {text_in(message)}" for message in messages)


def answer_of(name: str, agent: RemoteAgent, parts: list["Part"]) -> tuple[str, Json]:
    """The answer as text, and as what fits the schema: a part of data, or a text that is JSON."""
    from a2a.helpers import get_data_parts, get_text_parts

    texts = get_text_parts(parts)
    data = [with_whole_numbers(each) for each in get_data_parts(parts)]
    text = "\n".join(texts) or (orjson.dumps(data[0]).decode() if data else "")
    if agent.output_schema is None:
        return text, text if texts or not data else data[0]
    for output in (*data, *(value for each in (*texts, text) for value in json_in(each))):
        if compiled(agent.output_schema).accepts(output):
            return text, output
    raise NodeError("OutputInvalid", f"the answer of the agent {name} does not fit its output_schema")


def json_in(text: str) -> list[Json]:
    """The value that a text is as JSON, if it is one."""
    try:
        return [orjson.loads(text)]
    except orjson.JSONDecodeError:
        return []


def with_whole_numbers(value: Any) -> Any:
    """Protobuf has doubles alone: `3.0` is 3 again."""
    match value:
        case dict():
            return {key: with_whole_numbers(each) for key, each in value.items()}
        case list():
            return [with_whole_numbers(each) for each in value]
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case _:
            return value
