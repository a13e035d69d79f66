"""Models by name: which providers there are, what an alias stands for, and what a reference comes to. Pure.

A reference is `provider:model` (`openai:gpt-4.1-mini`), or an alias (`fast`) that stands for one. Three providers are
known everywhere; a project adds its own, and may say a known one anew: `plait.store.models` keeps them.
"""

from plait.models.defaults import EVERYWHERE, default_registry, most_sensible_aliases
from plait.models.provider import KNOWN, LOCAL, LOCAL_MODEL, Price, Provider, ProviderKind, RateLimits
from plait.models.registry import Registry, Resolved, UnknownModel, named, resolve

__all__ = [
    "EVERYWHERE",
    "KNOWN",
    "LOCAL",
    "LOCAL_MODEL",
    "Price",
    "Provider",
    "ProviderKind",
    "RateLimits",
    "Registry",
    "Resolved",
    "UnknownModel",
    "default_registry",
    "most_sensible_aliases",
    "named",
    "resolve",
]
