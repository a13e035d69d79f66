"""Whether one of the secrets signed a message. All comparisons take equally long for every wrong signature."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from plait.webhooks.schemes import AnyScheme, GitHub, Hmac, Slack, Standard, Stripe, Token

WINDOW = timedelta(minutes=5)
"""So far a sender's clock may be off, and so late a message may come."""
PREFIX = "whsec_"


def verified(scheme: AnyScheme, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether the message holds. `headers` have names in lower case. While a secret is being changed there are
    several, and either is enough.
    """
    match scheme:
        case Standard():
            sent = headers.get("webhook-signature", "").split()
            identity, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
            signed = f"{identity}.{moment}.".encode() + body
            made = (f"v1,{_base64(each)}" for each in digests(map(standard_key, secrets), signed))
            return bool(identity) and in_time(moment, now) and any_equal(sent, made)
        case GitHub():
            sent = [headers.get("x-hub-signature-256", "")]
            return any_equal(sent, (f"sha256={each.hex()}" for each in digests(map(str.encode, secrets), body)))
        case Stripe():
            parts = [part.partition("=") for part in headers.get("stripe-signature", "").split(",")]
            moment = next((value for name, _, value in parts if name == "t"), "")
            sent = [value for name, _, value in parts if name == "v1"]
            made = (each.hex() for each in digests(map(str.encode, secrets), f"{moment}.".encode() + body))
            return in_time(moment, now) and any_equal(sent, made)
        case Slack():
            moment = headers.get("x-slack-request-timestamp", "")
            made = digests(map(str.encode, secrets), f"v0:{moment}:".encode() + body)
            sent = [headers.get("x-slack-signature", "")]
            return in_time(moment, now) and any_equal(sent, (f"v0={each.hex()}" for each in made))
        case Hmac():
            return hmac_holds(scheme, secrets, headers, body, now)
        case Token():
            sent = [headers.get(scheme.header.lower(), "")]
            return any_equal(sent, (f"{scheme.prefix}{secret}" for secret in secrets))
        case _:
            assert_never(scheme)


def hmac_holds(scheme: Hmac, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """A signature that the trigger describes."""
    signed = body
    if scheme.timestamp_header is not None:
        moment = headers.get(scheme.timestamp_header.lower(), "")
        if not in_time(moment, now):
            return False
        signed = f"{moment}{scheme.separator}".encode() + body
    made = digests(map(str.encode, secrets), signed, scheme.algorithm)
    texts = (each.hex() if scheme.encoding == "hex" else _base64(each) for each in made)
    return any_equal([headers.get(scheme.header.lower(), "")], (f"{scheme.prefix}{text}" for text in texts))


def digests(keys: Iterable[bytes | None], signed: bytes, algorithm: str = "sha256") -> Iterator[bytes]:
    """The HMAC by each key that there is."""
    return (hmac.digest(key, signed, getattr(hashlib, algorithm)) for key in keys if key)


def any_equal(sent: Iterable[str], made: Iterable[str]) -> bool:
    """Whether one of the signatures is right; every one is compared to its end."""
    right = [each.encode() for each in made]
    return any([hmac.compare_digest(each.encode(), one) for each in sent for one in right])  # noqa: C419


def in_time(text: str, now: datetime) -> bool:
    """Whether seconds since 1970 are now, give or take the window."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        return False
    return abs(now.timestamp() - int(text)) <= WINDOW.total_seconds()


def standard_key(secret: str) -> bytes | None:
    """The bytes of a `whsec_…`; None where it is none, which then signs nothing."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
