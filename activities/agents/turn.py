"""One turn of an agent: what is sent to its model, and what is to follow from the answer. The node type `agent_turn`.

The turn's output is `{agent, message, calls, next, hand_over, refused, output}`. A call that cannot be made has a
`problem`, which the model is told in the next turn; the others have the `path` under which they run.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from activities import gen_ai
from activities.agents.offers import HAND_OVER, Offer, offers_of, unknown
from activities.agents.record import TurnsSoFar, agent_at, is_called, number_of, turns_so_far
from activities.agents.remote import ask_remote
from activities.agents.trimming import trimmed
from activities.agents.versions import version_in
from activities.kind import NodeContext, NodeError, NodeKind, Prepared
from activities.models.client import ask_model
from activities.models.messages import Message, framed, user
from activities.models.node import meta_of
from activities.models.request import ModelAnswer, ModelRequest, ToolCall
from activities.shell.attempt import Attempt
from interpreter.plan.agents import APPROVED, TURN
from interpreter.plan.model import PlannedNode
from interpreter.rules.acceptance import accept_refusal
from interpreter.rules.agents import MOST_CALLS
from interpreter.values import Json, canonical
from plait.agents import Definition, ModelAgent, Trimming, Uses

SEGMENT = re.compile(r"[^a-z0-9_]+")
LONGEST_SEGMENT = 40
MOST_ANSWERS = 3
"""Answers that are asked for until one is accepted, where the node's `retry` does not say how many."""
TOO_MANY = f"The call was not made: a turn may make {MOST_CALLS}. Ask again for what you still need."
HANDED_OVER = "The conversation is with {} now."


async def prepare(attempt: Attempt, names: dict[str, Any], uses: Uses) -> Prepared:
    """Read what was said so far, and say what this turn sends."""
    services, task = attempt.services, attempt.task
    so_far = await turns_so_far(services, task, agent_at(task.path), number_of(task.path))
    speaker = so_far.speaker or so_far.given["agent"]
    definition = await version_in(services, task.project, uses, speaker)
    node = None if is_called(task.path) else attempt.plan.find(task.node)
    turn = _Turn(speaker, definition, messages_for(definition, so_far), so_far.refused, names, node)
    if not isinstance(definition, ModelAgent):
        return Prepared({"agent": speaker, "messages": turn.messages}, turn.ask_elsewhere)
    offers = await offers_of(services, task.project, uses, definition)
    shown = {
        "agent": speaker,
        "model": definition.model,
        "messages": turn.messages,
        "tools": [offer.json() for offer in offers],
    }
    return Prepared(shown, partial(turn.ask, definition, offers))


async def _never(context: NodeContext, given: dict[str, Any]) -> Json:
    """A turn runs only as it was prepared."""
    raise AssertionError((context.path, given))


AGENT_TURN = NodeKind(TURN, _never, prepare)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a turn goes by. `messages` are what is sent, `refused` counts the answers that were not accepted. `node` is
    the document's, None in an agent that another one called.
    """

    speaker: str
    definition: Definition
    messages: list[Message]
    refused: int
    names: dict[str, Any]
    node: PlannedNode | None

    @property
    def schema(self) -> dict[str, Any] | None:
        """What the final answer has to fit: the node's schema, else the agent's."""
        said = None if self.node is None else self.node.node.output_schema
        return said if isinstance(said, dict) else self.definition.output_schema

    async def ask(self, agent: ModelAgent, offers: list[Offer], context: NodeContext) -> Json:
        """The turn's output."""
        request = ModelRequest(
            model=agent.model,
            messages=self.messages,
            tools=tuple(offer.spec for offer in offers),
            output_schema=self.schema,
            temperature=agent.limits.temperature,
            max_tokens=agent.limits.max_tokens,
            stream=True,
            agent=self.speaker,
        )
        with gen_ai.invoke_agent(self.speaker):
            answer = await ask_model(context, request)
        context.meta.update({key: value for key, value in meta_of(answer, []).items() if key != "messages"})
        if answer.tool_calls:
            return self._with_calls(context.path, answer, offers)
        if answer.finish_reason == "length":
            context.log("The answer ends where it may say no more: max_tokens, or the model's own limit.", "warning")
        return self._final(answer.message, answer.output)

    async def ask_elsewhere(self, context: NodeContext) -> Json:
        """The answer of an agent that is not here; it is the last one."""
        assert not isinstance(self.definition, ModelAgent)
        with gen_ai.invoke_agent(self.speaker):
            message, output = await ask_remote(context, self.speaker, self.definition, self.messages)
        return self._final(message, output)

    def _final(self, message: Message, output: Json) -> Json:
        refusal = self._refusal(output)
        said = {"final": refusal is None, "calls": []}
        more = {} if refusal else {"output": output}
        return {"message": message, "calls": [], "next": said, **self._said(None, refusal), **more}

    def _refusal(self, output: Json) -> str | None:
        """Why the node does not accept the answer, for the model. Raises NodeError when there were enough of these."""
        failure = None if self.node is None else accept_refusal(self.node, output, self.names)
        if failure is None:
            return None
        assert self.node is not None
        most = MOST_ANSWERS if self.node.node.retry is None else self.node.node.retry.max_attempts
        if failure.type != "NotAccepted" or self.refused + 1 >= most:
            raise NodeError(failure.type, failure.message, category=failure.category, details=failure.details)
        return (
            f"This was not accepted: of the output, this must be true: {self.node.node.accept}\n"
            "Answer again so that it is."
        )

    def _with_calls(self, path: str, answer: ModelAnswer, offers: list[Offer]) -> Json:
        """What becomes of each call that the model asks for."""
        known = {offer.name: offer for offer in offers}
        numbers: Counter[str] = Counter()
        calls: list[dict[str, Any]] = []
        wanted: list[list[str]] = []
        taker: str | None = None
        for call in answer.tool_calls:
            offer = known.get(call.name)
            problem = unknown(call.name, offers) if offer is None else offer.refusal(call.args, call.malformed)
            if problem is None and offer is not None and offer.kind == "hand_over":
                taker = taker or call.name.removeprefix(HAND_OVER)
                problem = HANDED_OVER.format(taker)
            if problem is None and len(wanted) == MOST_CALLS:
                problem = TOO_MANY
            segment = None
            if problem is None and offer is not None:
                name = segment_of(call.name)
                numbers[name] += 1
                segment = f"{name}~{numbers[name]}"
                wanted.append([f"{offer.kind}{APPROVED if offer.approval else ''}", segment])
            calls.append(_call(call, None if segment is None else f"{path}.{segment}", problem))
        said = {"final": False, "calls": wanted}
        return {"message": answer.message, "calls": calls, "next": said, **self._said(taker, None)}

    def _said(self, hand_over: str | None, refused: str | None) -> dict[str, Any]:
        return {"agent": self.speaker, "hand_over": hand_over, "refused": refused}


def messages_for(definition: Definition, so_far: TurnsSoFar) -> list[Message]:
    """What is sent: the instructions, the task, and what of the turns so far still fits."""
    own = definition if isinstance(definition, ModelAgent) else None
    head = head_of(own.instructions if own else None, so_far.given)
    return trimmed(head, so_far.rounds, own.trim if own else Trimming())


def head_of(instructions: str | None, given: dict[str, Any]) -> list[Message]:
    """What stands before all turns: the instructions, a conversation that was given, and the task with its context."""
    messages: list[Message] = list(given.get("messages") or [])
    parts = [given["task"]] if given.get("task") else []
    if given.get("context") is not None:
        context = given["context"]
        parts.append(f"Context:\n{context if isinstance(context, str) else canonical(context)}")
    if parts:
        messages.append(user("\n\n".join(parts)))
    return framed(instructions or None, messages)


def segment_of(name: str) -> str:
    """What stands for a call of this name in its path."""
    short = name.removeprefix("agent:").removeprefix("workflow:").lower()
    return SEGMENT.sub("_", short)[:LONGEST_SEGMENT] or "call"


def _call(call: ToolCall, path: str | None, problem: str | None) -> dict[str, Any]:
    return {"id": call.id, "tool": call.name, "args": call.args, "path": path, "problem": problem}
