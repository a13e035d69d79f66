"""Signatures of incoming webhooks, held against what their schemes publish."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from plait.endpoints.signing import new_secret, signed_headers
from plait.webhooks.schemes import AnyScheme, GitHub, Hmac, Slack, Standard, Stripe, Token
from plait.webhooks.verify import WINDOW, verified

SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
JEFE = b"what do ya want for nothing?"
SHA512 = (
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
    "636e070a38bce737"
)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


VECTORS: list[tuple[AnyScheme, str, dict[str, str], bytes, int]] = [
    (
        Standard(),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
        1614265330,
    ),
    (
        GitHub(),
        "It's a Secret to Everybody",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
        0,
    ),
    (
        Slack(),
        "8f742231b10e8888abcd99yyyzzz85a5",
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK_BODY,
        1531420618,
    ),
    (
        Stripe(),
        "whsec_test_secret",
        {
            "stripe-signature": "t=1700000000,v1=248a374f50f943a28b0f6ab50faf9a7e7e29b710fa26df9fb1618b9bf8ea9c9a,v0=0123"
        },
        b'{"id":"evt_1"}',
        1700000000,
    ),
    (
        Hmac(header="X-Signature"),
        "Jefe",
        {"x-signature": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        JEFE,
        0,
    ),
    (
        Hmac(header="X-Signature", algorithm="sha1", prefix="sha1="),
        "Jefe",
        {"x-signature": "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        JEFE,
        0,
    ),
    (
        Hmac(header="X-Signature", algorithm="sha512", encoding="base64"),
        "Jefe",
        {"x-signature": base64.b64encode(bytes.fromhex(SHA512)).decode()},
        JEFE,
        0,
    ),
    (Token(), "open sesame", {"authorization": "Bearer open sesame"}, b"{}", 0),
    (Token(header="X-Gitlab-Token", prefix=""), "open sesame", {"x-gitlab-token": "open sesame"}, b"{}", 0),
]
NAMES = [f"{vector[0].scheme}-{place}" for place, vector in enumerate(VECTORS)]
everywhere = pytest.mark.parametrize(("scheme", "secret", "headers", "body", "seconds"), VECTORS, ids=NAMES)


@everywhere
def test_what_the_scheme_publishes_holds(
    scheme: AnyScheme, secret: str, headers: dict[str, str], body: bytes, seconds: int
) -> None:
    assert verified(scheme, [secret], headers, body, at(seconds))


@everywhere
def test_either_of_two_secrets_is_enough_and_another_is_not(
    scheme: AnyScheme, secret: str, headers: dict[str, str], body: bytes, seconds: int
) -> None:
    other = new_secret()
    assert verified(scheme, [other, secret], headers, body, at(seconds))
    assert not verified(scheme, [other], headers, body, at(seconds))
    assert not verified(scheme, [], headers, body, at(seconds))


@everywhere
def test_a_byte_more_is_another_body(
    scheme: AnyScheme, secret: str, headers: dict[str, str], body: bytes, seconds: int
) -> None:
    assert verified(scheme, [secret], headers, body + b" ", at(seconds)) is isinstance(scheme, Token)


@everywhere
def test_without_a_header_nothing_holds(
    scheme: AnyScheme, secret: str, headers: dict[str, str], body: bytes, seconds: int
) -> None:
    for missing in headers:
        rest = {name: value for name, value in headers.items() if name != missing}
        assert not verified(scheme, [secret], rest, body, at(seconds))


@pytest.mark.parametrize("vector", [each for each in VECTORS if each[4]], ids=lambda vector: vector[0].scheme)
def test_a_message_holds_for_five_minutes(vector: tuple[AnyScheme, str, dict[str, str], bytes, int]) -> None:
    scheme, secret, headers, body, seconds = vector
    for away, holds in ((WINDOW, True), (WINDOW + timedelta(seconds=1), False)):
        assert verified(scheme, [secret], headers, body, at(seconds) + away) is holds
        assert verified(scheme, [secret], headers, body, at(seconds) - away) is holds


@pytest.mark.parametrize("moment", ["", "-1700000000", "1.7e9", "1700000000 ", "\u0661", "9" * 40])
def test_a_time_is_a_whole_number_of_seconds(moment: str) -> None:
    signed = hmac.digest(b"s", f"{moment}.".encode() + b"{}", hashlib.sha256).hex()
    scheme = Hmac(header="sig", timestamp_header="at")
    assert not verified(scheme, ["s"], {"sig": signed, "at": moment}, b"{}", at(1700000000))


def test_a_described_signature_may_have_the_time_before_the_body() -> None:
    scheme = Hmac(header="sig", timestamp_header="at", separator=":", prefix="v0=")
    signed = "v0=" + hmac.digest(b"s", b"1700000000:{}", hashlib.sha256).hex()
    assert verified(scheme, ["s"], {"sig": signed, "at": "1700000000"}, b"{}", at(1700000000))
    assert not verified(scheme, ["s"], {"sig": signed, "at": "1700000001"}, b"{}", at(1700000000))


def test_what_plait_sends_out_comes_in() -> None:
    secret = new_secret()
    headers = signed_headers([new_secret(), secret], "msg_1", 1700000000, b"{}")
    assert verified(Standard(), [secret], headers, b"{}", at(1700000000))


def test_a_secret_of_another_form_signs_nothing() -> None:
    headers = {"webhook-id": "a", "webhook-timestamp": "1700000000", "webhook-signature": "v1,"}
    assert not verified(Standard(), ["whsec_not base64!"], headers, b"{}", at(1700000000))
