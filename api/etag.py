"""Edits name the state they change: `If-Match` with an ETag that was read."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header

from api.errors import Refusal

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag that was read; `*` changes whatever is there."),
]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="Answer 304 if this is still it.")]


def quoted(tag: str) -> str:
    """A strong ETag."""
    return f'"{tag}"'


def require_match(if_match: str | None, tag: str, current: Callable[[], Any]) -> None:
    """Refuse an edit that does not say what it changes, or that changes what is no longer there."""
    if if_match is None:
        message = "Send `If-Match` with the ETag you read, or `If-Match: *` to change whatever is there."
        raise Refusal("precondition_required", message)
    if not matches(if_match, tag):
        message = "It changed since you read it. `current` is how it is now."
        raise Refusal("stale", message, headers={"ETag": quoted(tag)}, current=current())


def matches(header: str | None, tag: str) -> bool:
    """Whether a list of ETags names this one; a weak one counts, as proxies make them."""
    if header is None:
        return False
    named = {each.strip().removeprefix("W/") for each in header.split(",")}
    return "*" in named or quoted(tag) in named
