"""Keeps the values of secrets out of what is recorded."""

from collections.abc import Iterable
from typing import Any


def masked(value: Any, secrets: Iterable[str]) -> Any:
    """The value without that of any secret, in whatever text of it."""
    # The longest first: of a secret that begins like another, the rest would be left.
    hidden = sorted(filter(None, secrets), key=len, reverse=True)

    def mask(part: Any) -> Any:
        if isinstance(part, str):
            for secret in hidden:
                part = part.replace(secret, "***")
            return part
        if isinstance(part, dict):
            return {key: mask(inner) for key, inner in part.items()}
        return [mask(inner) for inner in part] if isinstance(part, list) else part

    return mask(value) if hidden else value
