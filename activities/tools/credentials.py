"""What a stored tool shows its server: the secrets that it names, and its headers and `auth` with them."""

from collections.abc import Mapping
from typing import Any

from activities.tools.failures import secret_missing
from interpreter.expressions import Scope, prepare_value, resolve_value
from plait.settings import secrets_for
from plait.tools.model import Templates
from plait.tools.templates import secrets_in


def secrets_of(name: str, said: Any, environment: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """The secrets that the templates in `said` read, and no others. Raises NodeError for one that the worker has not."""
    known = secrets_for(environment, secrets)
    named = sorted(secrets_in(said))
    if missing := [each for each in named if each not in known]:
        raise secret_missing(name, missing[0])
    return {each: known[each] for each in named}


def credentials_of(headers: Templates, auth: dict[str, str] | None, secrets: Mapping[str, str]) -> dict[str, Any]:
    """`headers` and `auth`, with the secrets in them."""
    said = prepare_value({"headers": headers, "auth": auth})
    return resolve_value(said, Scope({"secrets": dict(secrets)}))  # type: ignore[return-value]
