"""Signatures that any library of Standard Webhooks takes."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from plait.endpoints.signing import new_secret, signature, signed_headers

KEYS = st.binary(min_size=24, max_size=64).map(lambda key: "whsec_" + base64.b64encode(key).decode())


def test_the_example_of_the_standard_has_its_signature() -> None:
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(KEYS, st.text(min_size=1, max_size=40), st.binary(max_size=200), st.integers(0, 2**32))
def test_a_signature_is_the_one_of_the_library(secret: str, message: str, body: bytes, timestamp: int) -> None:
    text = base64.b64encode(body)
    expected = Webhook(secret).sign(message, datetime.fromtimestamp(timestamp, UTC), text.decode())
    assert signature(secret, message, timestamp, text) == expected


def test_while_a_secret_changes_both_the_old_and_the_new_one_verify() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    body = b'{"type": "workflow.run.failed"}'
    headers = signed_headers([new, old], "a-message", int(datetime.now(UTC).timestamp()), body)
    assert Webhook(old).verify(body, headers) == Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, headers)


def test_a_body_that_was_changed_does_not_verify() -> None:
    secret = new_secret()
    headers = signed_headers([secret], "a-message", int(datetime.now(UTC).timestamp()), b'{"a": 1}')
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(b'{"a": 2}', headers)


def test_no_two_secrets_are_equal() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
