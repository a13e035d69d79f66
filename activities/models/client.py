"""Asking a model: the one entrance, from a request to an answer that was paid for once.

A reference becomes a model, its turn among the calls of its key is waited for, money is reserved, the
call made and settled. Output by a schema is set right in a few rounds; a model that cannot answer makes
room for the next of the list. Trying again later is Temporal's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import orjson

from activities import gen_ai
from activities.kind import NodeContext, NodeError
from activities.models.asking import Asking
from activities.models.limits import BRIEF_WAIT, LONGEST_WAIT
from activities.models.media import fetch_media
from activities.models.output import Unfit, read_output, repair
from activities.models.request import ModelAnswer, ModelRequest, Said
from activities.shell.spending import Reservation
from interpreter.values import Json
from plait.models import Resolved
from plait.money import BYTES_A_TOKEN, Estimate, Usage, estimate, price

REPAIRS = 2
"""How often a model is told what is wrong with its output."""
NEXT_MODEL = frozenset(
    {"RateLimited", "ModelUnavailable", "ModelTimeout", "ModelUnknown", "ModelAuth", "QuotaExceeded", "EgressRefused"}
)
"""Failures that another model may not have."""
MEDIUM_BYTES = 3_000
"""What an image or file is taken for before anybody knows: about a thousand tokens."""


async def ask_model(context: NodeContext, request: ModelRequest) -> ModelAnswer:
    """The answer of the first model of the list that can give one; what an attempt that died was answered is used.

    Raises NodeError: `RateLimited`, `ModelUnavailable`, `ModelTimeout`, `ModelRefused`, `ContextTooLong`,
    `ModelAuth`, `ModelUnknown`, `QuotaExceeded`, `ModelRequestInvalid`, `MediaInvalid`, `OutputInvalid`.
    """
    if (paid := await context.purse.earlier()) is not None:
        return ModelAnswer.of_json(paid)  # pyright: ignore[reportArgumentType] - it is what settled it
    media = await fetch_media(context, request.messages)
    references = [request.model, *request.fallback]
    failed: list[tuple[str, NodeError]] = []
    for reference in references:
        longest = LONGEST_WAIT if reference == references[-1] else BRIEF_WAIT
        try:
            asking = await Asking.of(context, reference, media, longest=longest)
            return await _answered(asking, request, tuple(_tried(*each) for each in failed))
        except NodeError as error:
            failed.append((reference, error))
            if error.type not in NEXT_MODEL:
                break
            context.stream.restart()
    raise _failure(failed)


@dataclass(slots=True)
class _Bill:
    """What the calls for one answer took together; a cost that is not known once is not known in all."""

    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = Decimal(0)
    calls: int = 0

    def add(self, resolved: Resolved, usage: Usage) -> Decimal | None:
        """Count a call; what it cost."""
        cost = price(resolved, usage)
        self.usage, self.calls = self.usage + usage, self.calls + 1
        self.cost = None if cost is None or self.cost is None else self.cost + cost
        return cost


async def _answered(asking: Asking, request: ModelRequest, tried: tuple[dict[str, str], ...]) -> ModelAnswer:
    """The model's answer, its output set right where it did not fit."""
    purse, resolved, bill = asking.context.purse, asking.resolved, _Bill()
    asked = request
    while True:
        expected = estimate(resolved, _sent(asked), asked.max_tokens, agent=asked.agent)
        said, reservation = await _paid(asking, asked, expected)
        usage = said.usage if said.usage.tokens else _unsaid(expected, said)
        cost = bill.add(resolved, usage)
        try:
            output = _output(said, request, resolved)
        except (Unfit, NodeError) as refused:
            await purse.settle(reservation, usage, cost)
            if isinstance(refused, NodeError):
                raise
            if bill.calls > REPAIRS:
                raise refused.error(resolved.reference, cut=said.finish_reason == "length") from None
            asked = replace(asked, messages=[*request.messages, *repair(refused.text, refused.problems)])
            asking.context.stream.restart()
            continue
        answer = ModelAnswer(
            text=said.text,
            output=output,
            tool_calls=said.calls,
            usage=bill.usage,
            cost_usd=bill.cost,
            finish_reason=said.finish_reason,
            model=resolved.reference,
            message=said.message,
            calls=bill.calls,
            tried=tried,
        )
        await purse.settle(reservation, usage, cost, answer.as_json())
        return answer


async def _paid(asking: Asking, request: ModelRequest, expected: Estimate) -> tuple[Said, Reservation]:
    """One call. What may have been billed though it failed stays reserved, and counts as spent."""
    purse = asking.context.purse
    reservation = await purse.reserve(expected)
    try:
        with gen_ai.chat(asking.resolved) as chat:
            said = await asking.call(request, expected.usage.tokens)
            chat.answered(said.usage, said.finish_reason)
    except NodeError as error:
        if not error.details.get("maybe_billed"):
            await purse.release(reservation)
        raise
    return said, reservation


def _output(said: Said, request: ModelRequest, resolved: Resolved) -> Json:
    """What the answer comes to. Raises NodeError `ModelRefused`, Unfit."""
    if said.finish_reason == "content_filter":
        message = f"{resolved.reference} refuses to answer this"
        details = {"refusal": said.refusal} if said.refusal else {}
        raise NodeError("ModelRefused", message, category="input", details=details)
    if said.calls:
        return None
    return said.text if request.output_schema is None else read_output(said.text, request.output_schema)


def _sent(request: ModelRequest) -> int:
    """Bytes of text that the model is sent; of media nobody knows before how many tokens they make."""
    sent = sum(len(tool.description) + len(orjson.dumps(tool.parameters)) for tool in request.tools)
    sent += len(orjson.dumps(request.output_schema)) if request.output_schema is not None else 0
    for message in request.messages:
        content = message["content"]
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            sent += len(part["text"].encode()) if part["type"] == "text" else MEDIUM_BYTES
        sent += len(orjson.dumps(message.get("tool_calls", [])))
    return sent


def _unsaid(expected: Estimate, said: Said) -> Usage:
    """What a call took of which its server says nothing: what was expected, and what is seen."""
    return Usage(expected.usage.input_tokens, max(1, len(said.text.encode()) // BYTES_A_TOKEN))


def _tried(reference: str, error: NodeError) -> dict[str, str]:
    return {"model": reference, "error": error.type, "message": error.message}


def _failure(failed: Sequence[tuple[str, NodeError]]) -> NodeError:
    """Why none of them answered: as the last one says, tried again when the first of them may be."""
    last = failed[-1][1]
    if len(failed) == 1 or last.type not in NEXT_MODEL:
        return last
    errors = [error for _, error in failed if error.retryable]
    waits = [error.retry_after for error in errors]
    soonest = min((wait for wait in waits if wait is not None), default=None)
    message = "no model answers: " + "; ".join(f"{reference}: {error.type}" for reference, error in failed)
    return NodeError(
        last.type,
        message,
        category=last.category,
        retryable=bool(errors),
        details={**last.details, "tried": [_tried(*each) for each in failed]},
        retry_after=None if None in waits else soonest,
    )
