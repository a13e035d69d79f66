"""What a program of a `code` node cannot reach, and how much it may use."""

import time
from collections.abc import Iterator

import pytest

from activities.code.sandbox import Sandbox
from tests.support.nodes import Node
from tests.support.programs import SMALL, failure


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox(SMALL, processes=2)
    yield sandbox
    sandbox.close()


@pytest.fixture
def node(sandbox: Sandbox) -> Node:
    return Node("code", sandbox=sandbox)


ESCAPES = [
    "import socket",
    "import subprocess",
    "import ctypes",
    "import threading",
    "import multiprocessing",
    "import importlib",
    "import urllib.request",
    "import builtins",
    "import pickle",
    "import plait",
    "__import__('os')",
    "import os\nos.system('id')",
    "import os\nos.environ['PATH']",
    "import os\nos.getenv('PATH')",
    "import os\nos.popen('id')",
    "import os\nos.listdir('/')",
    "import os\nos.fork()",
    "import os\nos.kill(1, 9)",
    "import os\nos.urandom(4)",
    "import os\nos.remove('/etc/hostname')",
    "import sys\nsys.modules",
    "import sys\nsys._getframe()",
    "open('/etc/passwd').read()",
    "open('out.txt', 'w').write('x')",
    "import pathlib\npathlib.Path('/etc/passwd').read_text()",
    "import pathlib\npathlib.Path('x').write_text('x')",
    "import pathlib\nlist(pathlib.Path('/').iterdir())",
    "import io\nio.open('/etc/passwd')",
    "import io\nio.FileIO('/etc/passwd')",
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "''.__class__.__mro__",
    "(lambda: 0).__globals__",
    "(lambda: 0).__code__",
    "print.__self__",
    "getattr((), '__class__')",
    "getattr(open, '__self__')",
    "'{0.__class__}'.format(1)",
    "'{0.__class__.__init__.__globals__}'.format(1)",
    "eval('().__class__')",
    "exec('import subprocess')",
    "globals()",
    "vars()",
    "compile('1', 'a', 'eval')",
    "breakpoint()",
    "input()",
    "exit()",
    "type('X', (object,), {})().__class__.__base__",
    "try:\n    1 / 0\nexcept Exception as e:\n    e.__traceback__.tb_frame",
    "async def f():\n    pass\nf().cr_frame",
    "object.__subclasses__()",
    "int.__subclasses__()",
    "__builtins__",
    "__loader__",
    "import json\njson.__builtins__",
    "import json\njson.codecs",
    "import re\nre.sys",
    "import asyncio\nasyncio.create_subprocess_shell('id')",
    "import asyncio\nasyncio.open_connection('127.0.0.1', 1)",
]


@pytest.mark.parametrize("source", ESCAPES)
async def test_a_program_reaches_nothing_but_its_inputs(node: Node, source: str) -> None:
    error = await failure(node, source)
    assert (error.type, error.retryable) == ("CodeError", False)


async def test_a_program_within_its_time_ends_and_one_over_it_is_ended(node: Node) -> None:
    assert await node.run({"source": "sum(range(100_000))"}) == 4_999_950_000
    began = time.monotonic()
    error = await failure(node, "while True:\n    pass")
    assert (error.type, error.retryable) == ("CodeTimeout", False)
    assert time.monotonic() - began < 5


async def test_a_program_cannot_catch_the_end_of_its_time(node: Node) -> None:
    source = "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass"
    assert (await failure(node, source)).type == "CodeTimeout"


async def test_an_error_that_looks_like_the_end_of_time_is_the_programs_own(node: Node) -> None:
    assert (await failure(node, "raise TimeoutError('slow')")).type == "CodeError"


@pytest.mark.parametrize(
    "source",
    ["len('x' * 50_000_000)", "list(range(10_000_000))", "9 ** 9 ** 9", "x = []\nwhile True: x.append('y' * 1000)"],
)
async def test_a_program_within_its_memory_ends_and_one_over_it_is_ended(node: Node, source: str) -> None:
    assert await node.run({"source": "len('x' * 5_000_000)"}) == 5_000_000
    error = await failure(node, source)
    assert (error.type, error.details["limit"], error.retryable) == ("CodeLimit", "memory", False)


async def test_inputs_count_as_memory_of_the_program(node: Node) -> None:
    assert (await failure(node, "1", rows=list(range(500_000)))).details["limit"] == "memory"


async def test_calls_inside_of_each_other_are_limited(node: Node) -> None:
    source = "def down(n):\n    return 0 if n == 0 else down(n - 1)\ndown({})"
    assert await node.run({"source": source.format(40)}) == 0
    error = await failure(node, source.format(60))
    assert (error.type, error.details["limit"], error.retryable) == ("CodeLimit", "calls", False)


async def test_the_limits_of_a_worker_leave_room_for_a_large_input() -> None:
    sandbox = Sandbox(processes=1)
    node = Node("code", sandbox=sandbox)
    rows = [{"id": number, "name": f"row {number}"} for number in range(200_000)]
    assert await node.run({"source": "sum(row['id'] for row in rows)", "inputs": {"rows": rows}}) == 19_999_900_000
    sandbox.close()
