"""The keys of models that the caller's environment has anyway, as the embedded stack's processes are told of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from plait.models import KNOWN, LOCAL_MODEL, most_sensible_aliases
from plait.settings import SECRET_PREFIX

USUAL: Mapping[str, str] = {
    "OPENAI_API_KEY": "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY": "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY": "GOOGLE_API_KEY",
    "GOOGLE_API_KEY": "GOOGLE_API_KEY",
}
"""The variables that the providers' own tools read, each with the secret that it is here."""
ADDRESS = "OPENAI_BASE_URL"


@dataclass(frozen=True, slots=True)
class ModelKeys:
    """What was found: variables for API and worker, secrets for the worker alone, and a sentence with names only."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    sentence: str


def find_keys(environment: Mapping[str, str]) -> ModelKeys:
    """What the environment has. What it says to Plait itself, by `PLAIT_…` variables, stands as it is said."""
    found = {name: environment[name] for name in USUAL if environment.get(name)}
    secrets: dict[str, str] = {}
    for name, value in found.items():
        variable = f"{SECRET_PREFIX}{USUAL[name]}"
        if not environment.get(variable):
            secrets.setdefault(variable, value)
    known = {
        provider.secret
        for provider in KNOWN.values()
        if provider.secret and {**environment, **secrets}.get(f"{SECRET_PREFIX}{provider.secret}")
    }
    settings: dict[str, str] = {}
    if (address := environment.get(ADDRESS)) and not environment.get("PLAIT_OPENAI_BASE_URL"):
        settings = {"PLAIT_OPENAI_BASE_URL": address, "PLAIT_EGRESS_ALLOW": allowed(environment, address)}
    aliases = environment.get("PLAIT_MODEL_ALIASES")
    if not aliases:
        aliases = ",".join(f"{alias}={model}" for alias, model in most_sensible_aliases(known).items())
        settings["PLAIT_MODEL_ALIASES"] = aliases
    used = [*found, *([ADDRESS] if ADDRESS in environment else [])]
    return ModelKeys(settings, secrets, sentence(used, known, aliases))


def allowed(environment: Mapping[str, str], address: str) -> str:
    """What may be reached, with the address that the caller has chosen: it may be on this machine."""
    parts = urlsplit(address)
    host = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    return ",".join(filter(None, (environment.get("PLAIT_EGRESS_ALLOW"), host)))


def sentence(used: list[str], known: set[str], aliases: str) -> str:
    """What the stack's models are: the names of variables, never a value."""
    stand_for = aliases.replace("=", " is ").replace(",", ", ")
    if used:
        return f"{stand_for} (with {', '.join(used)})"
    if known:
        return stand_for
    if LOCAL_MODEL in aliases:
        return f"{stand_for}, which needs no key and is no real model: set {', '.join(USUAL)} for one"
    return stand_for
