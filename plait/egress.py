"""The one way out: an HTTP client that reaches public addresses and those that were allowed by name.

The check is made where the connection is made, on the address that is connected to, so that no way
of writing a URL, no redirect and no name server that changes its mind leads around it.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore2
import httpx2
from httpcore2._backends.anyio import AnyIOBackend

from plait.errors import NotReady, PlaitError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

CONNECTIONS = 500
"""At once, of a process: as many as a worker has activities."""
_UNICAST = ip_network("2000::/3")
"""All of IPv6 that is given out to the internet. Outside of it lie ways to private IPv4 addresses
(NAT64) and retired ranges that Python calls global.
"""


class EgressRefused(PlaitError):
    """The address is not one that a workflow may reach."""

    code = "egress_refused"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be reached besides the public internet: `host:port` pairs and networks."""

    hosts: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Read `host:port` and CIDR, comma-separated. Raises NotReady with one sentence."""
        hosts: set[tuple[str, int]] = set()
        networks: list[Network] = []
        for part in filter(None, map(str.strip, text.split(","))):
            if network := _network(part):
                networks.append(network)
            else:
                hosts.add(_host_and_port(part))
        return cls(frozenset(hosts), tuple(networks))

    def admits(self, host: str, port: int, address: Address) -> bool:
        """Whether a connection to this address, asked for under this name, may be made."""
        return (
            is_public(address)
            or (host.lower().rstrip("."), port) in self.hosts
            or any(address in network for network in self.networks)
        )


def is_public(address: Address) -> bool:
    """Whether the address is one that the whole internet can reach, in every way of writing it."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None:
            return is_public(address.sixtofour)
        if address.scope_id is not None or address not in _UNICAST:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a name, checks every address, and connects to one that was checked.

    TLS is not affected: the name in the URL is what the certificate must show. Sockets in the file
    system, which the base class leaves open to implement, are refused by not being implemented.
    """

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers, or refuse all when one may not be reached."""
        error: Exception | None = None
        for address in await self._checked_addresses(host, port):
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error = error or failed
        raise error or httpcore2.ConnectError(f"{host} has no address")

    async def _checked_addresses(self, host: str, port: int) -> list[Address]:
        addresses = [ip_address(found) for found in await self.resolve(host, port)]
        if any(not self._allowed.admits(host, port, address) for address in addresses):
            # The address itself stays unsaid: the answer must not map the network behind the worker.
            raise EgressRefused(f"{host}:{port} is not a public address, and PLAIT_EGRESS_ALLOW does not name it")
        return addresses

    async def resolve(self, host: str, port: int) -> list[str]:
        """Every address of the name, in the order of preference."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} cannot be resolved") from error
        return list(dict.fromkeys(str(each[4][0]) for each in found))


def open_egress(allow: str = "", *, verify: Any = True) -> httpx2.AsyncClient:
    """The client for everything that workflows send out; close it with the process.

    It follows no redirect, keeps no cookie from one run to the next, and reads no proxy settings.
    """
    return client_of(GuardedBackend(Allowed.parse(allow)), verify=verify)


def client_of(backend: GuardedBackend, *, verify: Any = True) -> httpx2.AsyncClient:
    """A client all of whose connections `backend` makes."""
    transport = httpx2.AsyncHTTPTransport(
        verify=_authorities() if verify is True else verify,
        trust_env=False,
        limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=100, keepalive_expiry=30.0),
    )
    # httpx2 has no public way to hand a backend in: a test holds this line against the pinned version.
    transport._pool._network_backend = backend  # noqa: SLF001
    return httpx2.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(300.0, connect=10.0, pool=30.0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "plait"},
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Whom the public internet trusts. Reading it takes 30 ms, and clients may share it."""
    return httpx2.create_ssl_context(trust_env=False)


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError as error:
        if "/" in text:
            raise NotReady(f"PLAIT_EGRESS_ALLOW has {text!r}, which is not a network in CIDR form: {error}") from None
        return None


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not (colon and host and port.isdecimal() and 0 < int(port) < 65536) or any(c in host for c in "/@ \t*"):
        raise NotReady(
            f"PLAIT_EGRESS_ALLOW has {text!r}; write host:port (files.internal:443) or a network (10.0.0.0/8)"
        )
    return host.lower().rstrip("."), int(port)
