"""Keeps the values of secrets out of what is recorded."""

from collections.abc import Iterable
from typing import Any

SHORTEST = 6
"""A shorter secret is a word, such as the `none` or `EMPTY` that servers without keys are given: to hide it would make
holes in other texts and so tell what it is.
"""


def masked(value: Any, secrets: Iterable[str]) -> Any:
    """The value without that of any secret, in whatever text of it; what is shorter than `SHORTEST` is left."""
    # The longest first: of a secret that begins like another, the rest would be left.
    hidden = sorted((secret for secret in secrets if len(secret) >= SHORTEST), key=len, reverse=True)

    def mask(part: Any) -> Any:
        if isinstance(part, str):
            for secret in hidden:
                part = part.replace(secret, "***")
            return part
        if isinstance(part, dict):
            return {key: mask(inner) for key, inner in part.items()}
        return [mask(inner) for inner in part] if isinstance(part, list) else part

    return mask(value) if hidden else value
