"""Addresses on the web, as people write them."""

from urllib.parse import urlsplit


def is_address(url: str) -> bool:
    """Whether a request can go there: http or https, a host, and neither a name, a password nor white space in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    told = parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
    return told and parts.username is None and not any(each in url for each in " \t\r\n\\")
