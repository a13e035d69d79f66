"""Spans of models, agents and tools: the pinned names, what was used, and nothing of what was said."""

from decimal import Decimal

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from activities import gen_ai
from activities.node_error import NodeError
from plait.models import Resolved
from plait.money import Usage

MODEL = Resolved("openai:gpt-4.1-mini", "openai", "openai", "gpt-4.1-mini")
_exporter = InMemorySpanExporter()


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """What this process exports. A process has one provider, so it stays when the test is over."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(_exporter))
    _exporter.clear()
    return _exporter


def only(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = {span.name: span for span in spans.get_finished_spans()}.values()
    return span


def test_a_call_of_a_model_says_what_it_used(spans: InMemorySpanExporter) -> None:
    with gen_ai.chat(MODEL) as chat:
        chat.answered(Usage(11, 5, 3), "stop")
    span = only(spans)
    assert span.name == "chat gpt-4.1-mini"
    assert dict(span.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4.1-mini",
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "gen_ai.response.finish_reasons": ("stop",),
    }


def test_a_call_that_fails_says_its_type_and_not_its_message(spans: InMemorySpanExporter) -> None:
    with pytest.raises(NodeError), gen_ai.chat(MODEL):
        raise NodeError("RateLimited", "hunter2")
    span = only(spans)
    assert (span.attributes or {})["error.type"] == "RateLimited"
    assert "hunter2" not in span.to_json()


def test_turns_of_agents_and_calls_of_tools_have_spans_of_their_own(spans: InMemorySpanExporter) -> None:
    with gen_ai.invoke_agent("legal"), gen_ai.execute_tool("crm.find"):
        pass
    found = {span.name: dict(span.attributes or {}) for span in spans.get_finished_spans()}
    assert found == {
        "execute_tool crm.find": {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "crm.find"},
        "invoke_agent legal": {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "legal"},
    }


@pytest.mark.parametrize("cost", [None, Decimal("0.25")])
def test_what_calls_cost_is_counted(cost: Decimal | None) -> None:
    gen_ai.paid("acme:one", "legal", cost)
