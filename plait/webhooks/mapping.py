"""What is made of a message: whether it counts, its sender's id, and the start or the event that it stands for.

A pure function of the trigger and the message, so that it can be computed aside and stopped.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from interpreter.expressions import ExpressionError, render
from plait.errors import Invalid
from plait.values.mapping import Path, made_of, unresolved, value_of
from plait.webhooks.schemes import AnyScheme, Hmac

NAMES = ("body", "headers", "query")
"""What a trigger's templates and expressions may read."""
ID_LENGTH = 128
IDS = {
    "standard": 'headers["webhook-id"]',
    "github": 'headers["x-github-delivery"]',
    "stripe": "body.id",
    "slack": "coalesce(body.event_id, body.trigger_id)",
}
"""Where a scheme's senders put their id of a message."""
TEXTS = ("key", "name")
"""Parts that are texts whatever their templates give."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a message comes to. `counts` is False where the trigger's `when` says so; then nothing else is made."""

    counts: bool
    sender_id: str | None = None
    action: dict[str, Any] = field(default_factory=dict)


def make(
    scheme: AnyScheme, when: str | None, delivery_id: str | None, action: dict[str, Any], names: Mapping[str, Any]
) -> Made:
    """Raises Invalid where an expression has no value for this message."""
    if when is not None:
        counts = value_of(when, names, ("when",))
        if not isinstance(counts, bool):
            raise Invalid("when: it gives no boolean.")
        if not counts:
            return Made(counts=False)
    sender = sender_id_of(scheme, delivery_id, names)
    (kind, said), *_ = action.items()
    return Made(
        counts=True, sender_id=sender, action={part: _part(kind, part, each, names) for part, each in said.items()}
    )


def sender_id_of(scheme: AnyScheme, delivery_id: str | None, names: Mapping[str, Any]) -> str | None:
    """The sender's id of the message, under which it counts once; long ones are shortened to a hash."""
    if delivery_id is not None:
        found = text_of(value_of(delivery_id, names, ("delivery_id",)), ("delivery_id",))
    elif isinstance(scheme, Hmac) and scheme.timestamp_header is not None:
        # The time is signed, so that the same signature is the same message.
        found = names["headers"][scheme.header.lower()]
    elif (known := IDS.get(scheme.scheme)) is not None:
        try:
            found = text_of(value_of(known, names, ()), ())
        except Invalid:
            return None
    else:
        return None
    return found if len(found) <= ID_LENGTH else hashlib.sha256(found.encode()).hexdigest()


def _part(kind: str, part: str, value: Any, names: Mapping[str, Any]) -> Any:
    if part not in ("input", "payload", *TEXTS):
        return value
    made = made_of(value, names, (kind, part))
    no_key = part == "key" and made is None
    return made if no_key or part not in TEXTS else text_of(made, (kind, part))


def text_of(value: Any, path: Path) -> str:
    """A value where a text is wanted."""
    try:
        return render(value)
    except ExpressionError as error:
        raise unresolved(error, path) from None
