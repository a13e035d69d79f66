"""Which addresses the one HTTP client reaches, whatever the URL looks like."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import httpx2
import pytest

from plait.egress import Allowed, EgressRefused, GuardedBackend, client_of, is_public, open_egress
from plait.errors import NotReady

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "233.252.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2001::7f00:1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "fc00::1",
    "fd00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1"]

PROBES = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://LOCALHOST:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.0.0.1:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.64.0.1/",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_public_in_any_way_of_writing_it(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("probe", PROBES)
async def test_no_way_of_writing_a_url_reaches_this_machine(probe: str) -> None:
    async with listening() as (port, connections), open_egress() as client:
        with pytest.raises((EgressRefused, httpx2.InvalidURL, httpx2.ConnectError)):
            await client.get(probe.format(port=port))
    assert connections == []


async def test_a_name_that_has_one_private_address_among_public_ones_is_refused() -> None:
    client = client_of(Resolving([["93.184.215.14", "10.0.0.7"]]))
    with pytest.raises(EgressRefused):
        await client.get("http://mixed.example/")


async def test_a_name_server_that_changes_its_mind_reaches_nothing_private() -> None:
    """The address that was checked is the one connected to; the second answer is checked anew."""
    async with listening() as (port, connections):
        backend = Resolving([["192.0.2.1"], ["127.0.0.1"]])
        async with client_of(backend) as client:
            for _ in range(2):
                with pytest.raises(EgressRefused):
                    await client.get(f"http://rebinding.example:{port}/")
    assert connections == []


async def test_a_name_is_resolved_once_for_a_connection() -> None:
    async with listening() as (port, connections):
        backend = Resolving([["127.0.0.1"], ["10.0.0.1"]], Allowed.parse(f"rebinding.example:{port}"))
        async with client_of(backend) as client:
            await client.get(f"http://rebinding.example:{port}/")
    assert len(connections) == 1


async def test_an_allowed_host_and_port_is_reached() -> None:
    async with listening() as (port, connections), open_egress(f"localhost:{port}") as client:
        await client.get(f"http://localhost:{port}/")
    assert len(connections) == 1


async def test_another_port_of_an_allowed_host_is_refused() -> None:
    async with listening() as (port, connections), open_egress(f"localhost:{port + 1}") as client:
        with pytest.raises(EgressRefused, match="PLAIT_EGRESS_ALLOW"):
            await client.get(f"http://localhost:{port}/")
    assert connections == []


async def test_an_allowed_network_is_reached_under_any_name() -> None:
    async with listening() as (port, connections), open_egress("10.0.0.0/8, 127.0.0.0/8") as client:
        await client.get(f"http://localhost:{port}/")
    assert len(connections) == 1


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as (port, connections):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        async with open_egress() as client:
            with pytest.raises(EgressRefused):
                await client.get("http://10.0.0.1/")
    assert connections == []


async def test_other_schemes_have_no_way_out() -> None:
    async with open_egress("127.0.0.0/8") as client:
        for url in ("file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/", "unix:///run/x.sock"):
            with pytest.raises(httpx2.UnsupportedProtocol):
                await client.get(url)


async def test_a_cookie_of_one_request_does_not_travel_with_the_next() -> None:
    cookie = b"Set-Cookie: session=secret; Path=/\r\n"
    async with listening(cookie) as (port, connections), open_egress("127.0.0.0/8") as client:
        for _ in range(2):
            await client.get(f"http://127.0.0.1:{port}/")
    assert not any(b"cookie" in request.lower() for request in connections)


async def test_the_certificate_must_show_the_name_in_the_url() -> None:
    """TLS is asked for the name, though the connection goes to an address that was looked up."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server, client_of(Resolving([["127.0.0.1"]], Allowed.parse("127.0.0.0/8"))) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"https://service.example:{port}/")
    assert names == ["service.example"]


@pytest.mark.parametrize(
    "bad",
    ["localhost", "localhost:", ":80", "localhost:99999", "*:80", "10.0.0.1/8", "10.0.0.0/64", "http://x:80", "a b:1"],
)
def test_a_bad_permission_is_one_clear_sentence(bad: str) -> None:
    with pytest.raises(NotReady) as refused:
        Allowed.parse(f"good.example:443,{bad}")
    assert bad in str(refused.value)
    assert "PLAIT_EGRESS_ALLOW" in str(refused.value)


def test_permissions_are_read_with_spaces_and_brackets() -> None:
    allowed = Allowed.parse(" Files.Internal:443 , [::1]:8080, 10.0.0.0/8, 192.168.1.7 ")
    assert allowed.admits("files.internal", 443, ip_address("10.0.0.1"))
    assert allowed.admits("::1", 8080, ip_address("::1"))
    assert allowed.admits("anything", 1, ip_address("192.168.1.7"))
    assert not allowed.admits("::1", 8081, ip_address("::1"))


class Resolving(GuardedBackend):
    """A name server under our control: gives these answers, one after another."""

    def __init__(self, answers: list[list[str]], allowed: Allowed | None = None) -> None:
        super().__init__(allowed or Allowed())
        self._answers = iter(answers)

    async def resolve(self, host: str, port: int) -> list[str]:
        return next(self._answers)


@asynccontextmanager
async def listening(headers: bytes = b"") -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on loopback, IPv4 and IPv6, and the requests that reached it."""
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n" + headers + b"\r\n")
        await writer.drain()
        writer.close()

    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as both:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both.bind(("::", 0))
        async with await asyncio.start_server(answer, sock=both.dup()) as server:
            yield server.sockets[0].getsockname()[1], requests
