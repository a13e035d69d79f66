"""The models of one project, and what a reference comes to among them."""

from collections.abc import Mapping
from dataclasses import dataclass

from interpreter.catalogue import ModelProvider, Models
from interpreter.plan.models import misnamed
from plait.models.provider import LOCAL_MODELS, NO_LIMITS, Price, Provider, ProviderKind, RateLimits


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

    def with_own(self, own: "Registry") -> "Registry":
        """This with a project's own, which stand before it."""
        return Registry({**self.providers, **own.providers}, {**self.aliases, **own.aliases})


def named(registry: Registry) -> Models:
    """The registry as the compiler knows it."""
    return Models(
        providers={
            each.name: ModelProvider(
                kind=each.kind,
                base_url=each.base_url,
                secret=each.secret,
                models=LOCAL_MODELS if each.kind == "local" else None,
                priced=tuple(sorted(each.prices)),
            )
            for each in registry.providers.values()
        },
        aliases=dict(registry.aliases),
    )


def resolve(reference: str, registry: Registry) -> Resolved:
    """The model that a reference names. Raises UnknownModel."""
    if wrong := misnamed(reference, named(registry)):
        raise UnknownModel(*wrong)
    spelled = registry.aliases.get(reference, reference)
    name, _, model = spelled.partition(":")
    provider = registry.providers[name]
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
