"""A server that speaks S3, in a thread of this process, with one bucket."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.support.temporal import free_port

BUCKET = "runs"


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    """Its address."""
    import urllib.request

    server = ThreadedMotoServer("127.0.0.1", port=free_port(), verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT")).close()
    yield address
    server.stop()
