"""What traces and metrics say of models, agents and tools, in OpenTelemetry's words for generative AI.

The conventions are still moving, so their names stand here and nowhere else. What is asked and answered is never told:
prompts, answers and arguments are data.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from opentelemetry import metrics, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from activities.node_error import NodeError
from plait.models import ProviderKind, Resolved
from plait.money import Usage

OPERATION, PROVIDER, MODEL = "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"
INPUT, OUTPUT, CACHED = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
)
FINISH, AGENT, TOOL, ERROR = "gen_ai.response.finish_reasons", "gen_ai.agent.name", "gen_ai.tool.name", "error.type"
IN_OR_OUT = "gen_ai.token.type"
PROVIDERS: dict[ProviderKind, str] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "gcp.gemini",
    "local": "plait.local",
}

_tracer = trace.get_tracer("plait")
_meter = metrics.get_meter("plait")
_tokens = _meter.create_histogram(
    "gen_ai.client.token.usage",
    "{token}",
    "Tokens of calls of models.",
    explicit_bucket_boundaries_advisory=[4**power for power in range(13)],
)
_seconds = _meter.create_histogram(
    "gen_ai.client.operation.duration",
    "s",
    "How long calls of models took.",
    explicit_bucket_boundaries_advisory=[0.01 * 2**power for power in range(14)],
)
_cost = _meter.create_counter("plait_model_cost", "USD", "What calls of models cost, where that is known.")
_unpriced = _meter.create_counter("plait_model_calls_unpriced", description="Calls of models whose cost is not known.")


class Chat:
    """A call of a model that is under way."""

    def __init__(self, span: Span, of: dict[str, str]) -> None:
        self._span, self._of = span, of

    def answered(self, usage: Usage, finish_reason: str) -> None:
        """The model has answered."""
        self._span.set_attributes({INPUT: usage.input_tokens, OUTPUT: usage.output_tokens, CACHED: usage.cached_tokens})
        self._span.set_attribute(FINISH, [finish_reason])
        _tokens.record(usage.input_tokens, {**self._of, IN_OR_OUT: "input"})
        _tokens.record(usage.output_tokens, {**self._of, IN_OR_OUT: "output"})


@contextmanager
def chat(model: Resolved) -> Iterator[Chat]:
    """A call of a model, as a span and in the metrics."""
    of = {OPERATION: "chat", PROVIDER: PROVIDERS[model.kind], MODEL: model.model}
    began, failed = time.perf_counter(), dict[str, str]()
    with _span(f"chat {model.model}", SpanKind.CLIENT, of) as span:
        try:
            yield Chat(span, of)
        except NodeError as error:
            failed = {ERROR: error.type}
            raise
        finally:
            _seconds.record(time.perf_counter() - began, of | failed)


@contextmanager
def invoke_agent(name: str) -> Iterator[None]:
    """A turn of an agent, as a span."""
    with _span(f"invoke_agent {name}", SpanKind.INTERNAL, {OPERATION: "invoke_agent", AGENT: name}):
        yield


@contextmanager
def execute_tool(name: str) -> Iterator[None]:
    """A call of a tool, as a span."""
    with _span(f"execute_tool {name}", SpanKind.INTERNAL, {OPERATION: "execute_tool", TOOL: name}):
        yield


def paid(model: str, agent: str | None, cost_usd: Decimal | None) -> None:
    """Count what a call cost; `model` is `provider:model`."""
    of = {"model": model, **({"agent": agent} if agent else {})}
    if cost_usd is None:
        _unpriced.add(1, of)
    else:
        _cost.add(float(cost_usd), of)


@contextmanager
def _span(name: str, kind: SpanKind, of: dict[str, str]) -> Iterator[Span]:
    """A span that tells of a failure by its type alone."""
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=of, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute(ERROR, error.type if isinstance(error, NodeError) else type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise
