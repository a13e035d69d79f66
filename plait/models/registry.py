"""The models of one project, and what a reference comes to among them."""

from collections.abc import Mapping
from dataclasses import dataclass

from interpreter.plan.draft import did_you_mean
from plait.models.provider import LOCAL_MODEL, NO_LIMITS, Price, Provider, ProviderKind, RateLimits


class UnknownModel(ValueError):
    """The reference names no model here, and how to mend it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message} {fix}")
        self.message, self.fix = message, fix


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
    provider = registry.providers.get(name)
    if not colon:
        otherwise = f"Write `provider:model`, or say what it stands for: plait models alias {reference} openai:MODEL."
        raise UnknownModel(f"There is no model `{reference}`.", did_you_mean(reference, registry.aliases, otherwise))
    if provider is None:
        otherwise = f"Write one of {', '.join(sorted(registry.providers))}, or store it: plait models set {name} …"
        message = f"There is no provider of models `{name}`."
        raise UnknownModel(message, did_you_mean(name, registry.providers, otherwise))
    if not model or (provider.kind == "local" and spelled != LOCAL_MODEL):
        example = LOCAL_MODEL if provider.kind == "local" else f"{name}:MODEL"
        raise UnknownModel(f"The provider {name} has no model `{model}`.", f"Write `{example}`.")
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
