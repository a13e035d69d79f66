"""Edits name the state they change: `If-Match` with an ETag that was read."""

from typing import Annotated

from fastapi import Header

from api.http.errors import Refusal
from api.http.models import View

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag that was read; `*` changes whatever is there."),
]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="Answer 304 if this is still it.")]


def quoted(tag: str) -> str:
    """A strong ETag."""
    return f'"{tag}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether a list of ETags names this one; a weak one counts, as proxies make them."""
    if header is None:
        return False
    named = {each.strip().removeprefix("W/") for each in header.split(",")}
    return "*" in named or quoted(tag) in named


def require_match(header: str | None) -> None:
    """Refuse an edit that does not say what it changes."""
    if header is None:
        message = "Send `If-Match` with the ETag you read, or `If-Match: *` to change whatever is there."
        raise Refusal("precondition_required", message)


def saw(header: str | None, tag: str) -> bool:
    """Whether an edit changes what its caller has seen. Raises Refusal where it does not say what it changes."""
    require_match(header)
    return matches(header, tag)


def stale(current: View, tag: str) -> Refusal:
    """An edit of what is no longer there; `current` is how it is now, under its ETag."""
    message = "It changed since you read it; `current` is how it is now."
    return Refusal("stale", message, headers={"ETag": quoted(tag)}, current=current.model_dump(mode="json"))
