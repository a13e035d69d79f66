"""What counts as an address on the web."""

import pytest

from plait.addresses import is_address


@pytest.mark.parametrize("url", ["https://example.com", "http://127.0.0.1:8080/v1", "https://[::1]/x?y=1"])
def test_an_address_has_a_scheme_and_a_host(url: str) -> None:
    assert is_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://[",
        "http://",
        "ftp://example.com",
        "https://a b",
        "https://u:p@example.com",
        "http://h:0",
        "http://h:x",
        "x",
    ],
)
def test_what_no_request_can_go_to_is_none(url: str) -> None:
    assert not is_address(url)
