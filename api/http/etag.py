"""Edits name the state they change: `If-Match` with an ETag that was read."""

from typing import Annotated, Any

from fastapi import Header

from api.http.errors import Refusal

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


def missing_match() -> Refusal:
    """An edit that does not say what it changes."""
    message = "Send `If-Match` with the ETag you read, or `If-Match: *` to change whatever is there."
    return Refusal("precondition_required", message)


def stale(tag: str, current: Any) -> Refusal:
    """An edit of what is no longer there; `current` is how it is now."""
    message = "It changed since you read it; `current` is how it is now."
    return Refusal("stale", message, headers={"ETag": quoted(tag)}, current=current)
