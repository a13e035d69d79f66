"""The models of one project, and what a reference comes to among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from plait.models.provider import LOCAL_MODEL, NO_LIMITS, Price, Provider, ProviderKind, RateLimits


class UnknownModel(ValueError):
    """The reference names no model here; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A model at its provider. `reference` is `provider:model`, whatever alias led here; `provider` the project's name
    for it; `secret` the name of its key, never the value; `price` the project's own.
    """

    reference: str
    provider: str
    kind: ProviderKind
    model: str
    base_url: str | None = None
    secret: str | None = None
    limits: RateLimits = NO_LIMITS
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    """The providers by name, and what each alias stands for: always a `provider:model`."""

    providers: Mapping[str, Provider]
    aliases: Mapping[str, str]


def resolve(reference: str, registry: Registry) -> Resolved:
    """The model that a reference names. Raises UnknownModel."""
    spelled = registry.aliases.get(reference, reference)
    name, colon, model = spelled.partition(":")
    if not colon:
        raise UnknownModel(f"There is no model `{reference}`. {_mend(reference, registry, registry.aliases)}")
    provider = registry.providers.get(name)
    if provider is None:
        raise UnknownModel(f"There is no provider of models `{name}`. {_mend(name, registry, registry.providers)}")
    if not model or (provider.kind == "local" and spelled != LOCAL_MODEL):
        example = LOCAL_MODEL if provider.kind == "local" else f"{name}:MODEL"
        raise UnknownModel(f"The provider {name} has no model `{model}`. Write `{example}`.")
    return Resolved(
        reference=spelled,
        provider=provider.name,
        kind=provider.kind,
        model=model,
        base_url=provider.base_url,
        secret=provider.secret,
        limits=provider.limits,
        price=provider.prices.get(model),
    )


def _mend(name: str, registry: Registry, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, 1)
    if close:
        return f"Did you mean `{close[0]}`?"
    return f"Write `provider:model` with a provider of {', '.join(sorted(registry.providers))}, or an alias."
