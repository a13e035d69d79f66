"""The models of a project that says nothing of its own: the known providers, and what this installation's settings add."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from plait.errors import NotReady
from plait.forms import NAME
from plait.models.provider import KNOWN, LOCAL_MODEL
from plait.models.registry import Registry, UnknownModel, resolve
from plait.settings import Settings

SENSIBLE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "OPENAI_API_KEY": {"fast": "openai:gpt-4.1-mini", "smart": "openai:gpt-4.1"},
        "ANTHROPIC_API_KEY": {"fast": "anthropic:claude-haiku-4-5", "smart": "anthropic:claude-sonnet-4-5"},
        "GOOGLE_API_KEY": {"fast": "google:gemini-2.5-flash", "smart": "google:gemini-2.5-pro"},
    }
)
"""What `fast` and `smart` stand for where this secret is the first of them that is set."""


EVERYWHERE = Registry(KNOWN, {})
"""The models of every project, where no setting adds to them."""


def default_registry(settings: Settings) -> Registry:
    """The providers and aliases of every project. Raises NotReady where `PLAIT_MODEL_ALIASES` is no list of them."""
    openai = replace(KNOWN["openai"], base_url=settings.openai_base_url)
    registry = Registry({**KNOWN, "openai": openai}, aliases_in(settings.model_aliases))
    for alias, reference in registry.aliases.items():
        try:
            resolve(reference, Registry(registry.providers, {}))
        except UnknownModel as error:
            raise NotReady(f"PLAIT_MODEL_ALIASES cannot be used for {alias}: {error}") from None
    return registry


def aliases_in(text: str) -> dict[str, str]:
    """`fast=openai:gpt-4.1-mini, smart=…` as a mapping."""
    aliases: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, said, reference = (each.strip() for each in part.partition("="))
        if not said or not NAME.fullmatch(name):
            raise NotReady(f"PLAIT_MODEL_ALIASES has {part!r}: write fast=openai:gpt-4.1-mini, comma-separated.")
        aliases[name] = reference
    return aliases


def most_sensible_aliases(secrets: Collection[str]) -> Mapping[str, str]:
    """What `fast` and `smart` are where these secrets are set: of the first provider with a key, else the local model."""
    found = next((aliases for secret, aliases in SENSIBLE.items() if secret in secrets), None)
    return found or {"fast": LOCAL_MODEL, "smart": LOCAL_MODEL}
