"""What usage costs, what a call may come to, and which documents a budget of dollars cannot hold."""

from decimal import Decimal
from typing import Any

import pytest

from activities.catalogue import NODE_TYPES
from interpreter.catalogue import Agent, Catalogue, ModelProvider, Models
from plait.models import Price, Resolved
from plait.money import Usage, estimate, is_priced, price
from plait.money.checks import unpriced_models
from tests.support.documents import a_document

MINI = Resolved("openai:gpt-4.1-mini", "openai", "openai", "gpt-4.1-mini")
OWN = Resolved("acme:one", "acme", "openai", "one", "http://127.0.0.1:1/v1", price=Price(Decimal(3), Decimal(6)))
ASK = {"type": "llm", "with": {"model": "openai:of-tomorrow", "prompt": "?"}}
MODELS = Models(
    providers={
        "openai": ModelProvider(kind="openai"),
        "acme": ModelProvider(kind="openai", base_url="http://127.0.0.1:1/v1", priced=("one",)),
        "local": ModelProvider(kind="local", models=("demo",)),
    },
    aliases={"fast": "acme:two"},
)


def test_a_model_has_its_published_price() -> None:
    assert price(MINI, Usage(1_000_000, 1_000_000)) == Decimal(2)


def test_a_price_of_ones_own_stands_before_it_and_cached_input_may_cost_less() -> None:
    assert price(OWN, Usage(2_000_000, 1_000_000)) == Decimal(12)
    cached = Resolved(OWN.reference, "acme", "openai", "one", price=Price(Decimal(3), Decimal(6), Decimal(1)))
    assert price(cached, Usage(2_000_000, 0, cached_tokens=1_500_000)) == Decimal(3)


def test_the_local_model_costs_nothing() -> None:
    assert price(Resolved("local:demo", "local", "local", "demo"), Usage(5, 5)) == 0


@pytest.mark.parametrize(
    "model",
    [
        Resolved("openai:of-tomorrow", "openai", "openai", "of-tomorrow"),
        Resolved("acme:gpt-4.1-mini", "acme", "openai", "gpt-4.1-mini", "http://127.0.0.1:1/v1"),
    ],
    ids=["no such model", "behind an address of one's own"],
)
def test_what_nobody_has_said_the_price_of_is_not_known(model: Resolved) -> None:
    assert price(model, Usage(5, 5)) is None
    assert not is_priced(model)


def test_an_estimate_is_of_what_is_sent_and_of_the_longest_answer() -> None:
    found = estimate(OWN, 3_000, 500, agent="legal")
    assert (found.model, found.agent, found.usage) == ("acme:one", "legal", Usage(1_000, 500))
    assert found.cost_usd == price(OWN, found.usage)
    assert estimate(OWN, 1).usage == Usage(1, 1_024)


def unpriced(node: dict[str, Any], budget: dict[str, Any], models: Models | None = MODELS) -> list[str]:
    agents = {"legal": Agent(model="openai:of-tomorrow")}
    catalogue = Catalogue(node_types=dict(NODE_TYPES), models=models, agents=agents)
    return [problem.dotted for problem in unpriced_models(a_document("a", nodes={"a": node}, budget=budget), catalogue)]


def test_a_budget_of_dollars_wants_prices_or_a_limit_of_tokens() -> None:
    assert unpriced(ASK, {"cost_usd": 1}) == ["nodes[0].with.model"]
    assert unpriced(ASK, {"cost_usd": 1, "tokens": 5}) == []
    assert unpriced(ASK, {"tokens": 5}) == []
    assert unpriced(ASK, {"cost_usd": 1}, models=None) == []


@pytest.mark.parametrize(
    ("model", "problems"), [("fast", 1), ("acme:one", 0), ("local:demo", 0), ("nobody:one", 0), ("{{ input.m }}", 0)]
)
def test_a_model_is_looked_up_as_the_run_would(model: str, problems: int) -> None:
    assert len(unpriced({**ASK, "with": {"model": model, "prompt": "?"}}, {"cost_usd": 1})) == problems


def test_an_agent_has_the_price_of_its_model() -> None:
    node = {"type": "agent_call", "with": {"agent": "legal", "task": "?"}}
    assert unpriced(node, {"cost_usd": 1}) == ["nodes[0].with.agent"]
    assert unpriced({**node, "with": {**node["with"], "agent": "other"}}, {"cost_usd": 1}) == []
