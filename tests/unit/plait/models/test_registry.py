"""What references to models come to, and what the settings make of them."""

from decimal import Decimal

import pytest

from plait.errors import NotReady
from plait.models import EVERYWHERE, Price, Provider, RateLimits, Registry, UnknownModel, default_registry, resolve
from plait.settings import Settings


def test_a_reference_comes_to_its_providers_address_key_limits_and_price() -> None:
    price, limits = Price(Decimal("0.2"), Decimal("0.6")), RateLimits(600, None)
    acme = Provider("acme", "openai", "https://m.example.com/v1", "ACME_KEY", limits, {"org/llama:free": price})
    registry = Registry({**EVERYWHERE.providers, "acme": acme}, {"fast": "acme:org/llama:free"})
    found = resolve("fast", registry)
    assert found == resolve("acme:org/llama:free", registry)
    assert (found.reference, found.provider, found.kind, found.model) == (
        "acme:org/llama:free",
        "acme",
        "openai",
        "org/llama:free",
    )
    assert (found.base_url, found.secret, found.limits, found.price) == (acme.base_url, "ACME_KEY", limits, price)
    assert resolve("acme:other", registry).price is None


def test_what_is_no_model_says_so_with_its_mend() -> None:
    with pytest.raises(UnknownModel, match=r"There is no provider of models `opnai`\. Did you mean `openai`\?"):
        resolve("opnai:gpt", EVERYWHERE)


def test_the_settings_say_where_openai_is_and_what_aliases_stand_for() -> None:
    settings = Settings(openai_base_url="http://localhost:1/v1", model_aliases="fast=openai:x, smart = local:demo,")
    registry = default_registry(settings)
    assert registry.aliases == {"fast": "openai:x", "smart": "local:demo"}
    assert resolve("fast", registry).base_url == "http://localhost:1/v1"
    assert default_registry(Settings()).aliases == {}


@pytest.mark.parametrize("said", ["fast", "fast:openai", "Fast=openai:x", "fast=opnai:x", "fast=smart,smart=openai:x"])
def test_aliases_that_cannot_be_stop_the_process_with_a_sentence(said: str) -> None:
    with pytest.raises(NotReady, match="PLAIT_MODEL_ALIASES"):
        default_registry(Settings(model_aliases=said))
