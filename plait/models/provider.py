"""A provider of models: whose protocol it speaks, where it answers, whose key it wants, what it charges and allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

ProviderKind = Literal["openai", "anthropic", "google", "local"]
"""The protocol. `openai` is that of every OpenAI-compatible server; `local` answers in the worker's own process."""

"""The names of providers and aliases."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What a provider lets through in a minute, over all workers; None is as much as it takes."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens. Cached input costs as other input where it is not said."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None


NO_LIMITS = RateLimits()


@dataclass(frozen=True, slots=True)
class Provider:
    """Where models are asked. `secret` is the name of the key, never its value; `prices` are the project's own, by
    model, and stand before the published ones. Without `base_url` it is the one that everybody uses.
    """

    name: str
    kind: ProviderKind
    base_url: str | None = None
    secret: str | None = None
    limits: RateLimits = NO_LIMITS
    prices: Mapping[str, Price] = field(default_factory=dict)


LOCAL_MODELS = ("demo",)
LOCAL_MODEL = f"local:{LOCAL_MODELS[0]}"
"""Answers without a key, at no cost and always the same: for demonstrations and tests."""
LOCAL = Provider("local", "local")
KNOWN: Mapping[str, Provider] = MappingProxyType(
    {
        "openai": Provider("openai", "openai", None, "OPENAI_API_KEY"),
        "anthropic": Provider("anthropic", "anthropic", None, "ANTHROPIC_API_KEY"),
        "google": Provider("google", "google", None, "GOOGLE_API_KEY"),
        "local": LOCAL,
    }
)
"""The providers of every project."""
