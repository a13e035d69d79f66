"""Programs of `code` nodes, run as a worker runs them."""

import os
import subprocess
from typing import Any

import pytest

from activities.code.sandbox import Limits
from activities.kind import NodeError
from tests.support.nodes import Node

SMALL = Limits(seconds=0.3, memory=16 * 1024 * 1024, calls=50)


async def failure(node: Node, source: str, **inputs: Any) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await node.run({"source": source, "inputs": inputs})
    return raised.value


def children() -> list[int]:
    """The processes of sandboxes that this process started and that still live."""
    listed = subprocess.run(["ps", "-o", "pid=,ppid=,stat=,comm=", "-A"], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if row[1] == str(os.getpid()) and row[2][0] != "Z" and "monty" in row[3]]
