"""Programs of `code` nodes: what they may say, what they come to, and that they reach nothing."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.code.check import flaws_in
from activities.code.sandbox import Limits, Sandbox
from activities.kind import NodeError
from interpreter.values import canonical
from plait.store.payloads import ResultTooLarge
from tests.support.nodes import STARTED, Node

SMALL = Limits(seconds=0.3, memory=16 * 1024 * 1024, calls=50)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox(SMALL, processes=2)
    yield sandbox
    sandbox.close()


@pytest.fixture
def node(sandbox: Sandbox) -> Node:
    return Node("code", sandbox=sandbox)


async def failure(node: Node, source: str, **inputs: Any) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await node.run({"source": source, "inputs": inputs})
    return raised.value


# What a program is


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("price * count", 6),
        ("total = price * count\ntotal", 6),
        ("total = price * count", None),
        ("", None),
        ("[n for n in range(count) if n % 2]", [1]),
        ("def double(n):\n    return n * 2\ndouble(price)", 4),
        ("class Box:\n    def __init__(self, n):\n        self.n = n\nBox(price).n", 2),
        ("import json, re\njson.loads(re.sub('a', '1', '[a, a]'))", [1, 1]),
        ("import math\nmath.floor(price / count * 10)", 6),
        ("import datetime\nstr(datetime.date(2026, 1, 31) + datetime.timedelta(days=count))", "2026-02-03"),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    r = 'caught'\nr", "caught"),
        ("match count:\n    case 3: r = 'three'\n    case _: r = 'more'\nr", "three"),
        ("f'{price:>4}|{count}'", "   2|3"),
        ("(price, [count])", [2, [3]]),
        ("async def later():\n    return price\nawait later()", 2),
        ("{{'a': 1}['a']}.pop()", 1),
        ("print('seen by nobody')\nprice", 2),
    ],
)
async def test_a_program_is_python_and_its_result_the_value_of_its_last_expression(
    node: Node, source: str, result: Any
) -> None:
    assert await node.run({"source": source, "inputs": {"price": 2, "count": 3}}) == result


@settings(max_examples=40, deadline=None)
@given(value=JSON_VALUES)
async def test_a_value_comes_out_of_a_program_as_it_went_in(sandbox: Sandbox, value: Any) -> None:
    node = Node("code", sandbox=sandbox)
    assert canonical(await node.run({"source": "value", "inputs": {"value": value}})) == canonical(value)


async def test_inputs_are_data_to_a_program_whatever_they_say(node: Node) -> None:
    text = "{{ secrets.KEY }} ${x} __import__('os')"
    assert await node.run({"source": "text", "inputs": {"text": text}}) == text


@pytest.mark.parametrize("name", ["not valid", "class", "", "1st", "a-b"])
async def test_an_input_that_cannot_be_a_variable_is_refused(node: Node, name: str) -> None:
    error = await failure(node, "1", **{name: 1})
    assert (error.type, error.retryable) == ("InputsInvalid", False)


async def test_nothing_of_one_program_is_there_in_the_next(sandbox: Sandbox) -> None:
    for _ in range(4):
        await Node("code", sandbox=sandbox).run({"source": "kept = 1"})
        assert (await failure(Node("code", sandbox=sandbox), "kept")).details["exception"] == "NameError"


async def test_every_attempt_sees_the_same_clock_and_draws_the_same(sandbox: Sandbox) -> None:
    source = "import datetime, random, time\n[str(datetime.datetime.now()), time.time(), random.random()]"
    first, again = [await Node("code", sandbox=sandbox).run({"source": source}) for _ in range(2)]
    assert first == again
    assert isinstance(first, list)
    assert first[0] == STARTED.replace("T", " ").removesuffix("+00:00")


async def test_another_node_run_draws_something_else(sandbox: Sandbox) -> None:
    other = Node("code", sandbox=sandbox)
    other.context.idempotency_key = "another"
    source = {"source": "import random\nrandom.random()"}
    assert await other.run(source) != await Node("code", sandbox=sandbox).run(source)


async def test_a_program_that_sleeps_takes_no_time(node: Node) -> None:
    began = time.monotonic()
    await node.run({"source": "import time\ntime.sleep(60)"})
    assert time.monotonic() - began < 5


# What it cannot reach


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


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows the environment of a process")
async def test_the_process_of_a_program_gets_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAIT_SECRET_KEY", "hunter2")
    sandbox, before = Sandbox(processes=1), set(children())
    await Node("code", sandbox=sandbox).run({"source": "1"})
    (process,) = set(children()) - before
    assert b"hunter2" not in Path(f"/proc/{process}/environ").read_bytes()
    sandbox.close()


# Its limits


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


# Its result


@pytest.mark.parametrize(
    "source",
    [
        "{1, 2}",
        "b'bytes'",
        "{1: 2}",
        "1j",
        "...",
        "10 ** 30",
        "import datetime\ndatetime.date(2026, 1, 1)",
        "class A: pass\nA()",
        "ValueError('text')",
        "[{'deep': {1}}]",
    ],
)
async def test_a_result_that_json_does_not_have_is_refused(node: Node, source: str) -> None:
    error = await failure(node, source)
    assert (error.type, error.retryable) == ("OutputInvalid", False)


async def test_a_result_that_is_nested_too_deep_is_refused() -> None:
    sandbox = Sandbox(processes=1)
    node, source = Node("code", sandbox=sandbox), "x = 0\nfor _ in range({}): x = [x]\nx"
    assert await node.run({"source": source.format(100)})
    for depth in (200, 5000):
        assert (await failure(node, source.format(depth))).type == "OutputInvalid"
    sandbox.close()


@pytest.mark.parametrize("source", ["x = ['y' * 1000]\nfor _ in range(20): x = [x, x]\nx", "['y' * 1_000_000] * 20"])
async def test_a_small_value_that_stands_in_too_many_places_is_too_large(node: Node, source: str) -> None:
    with pytest.raises(ResultTooLarge):
        await node.run({"source": source})


# What it says when it fails


async def test_a_failure_names_the_exception_and_the_line_of_the_program(node: Node) -> None:
    error = await failure(node, "rate = 0\n\ndef share(total):\n    return total / rate\n\nshare(1)")
    assert error.details == {"exception": "ZeroDivisionError", "line": 4}
    assert error.message == "the program raised ZeroDivisionError, line 4: return total / rate"


@pytest.mark.parametrize(
    "source",
    [
        "{}[value]",
        "int(value)",
        "raise ValueError(value)",
        "raise ValueError('bad: ' + value)",
        "assert value == 'x', value",
        "getattr([], value)",
        "eval(value)",
        "exec('raise KeyError(\\'' + value + '\\')')",
        "exec('def f():\\n  # ' + value + '\\n  return 1 / 0')\nf()",
        "import json\njson.loads(value)",
        "value + 1",
    ],
)
async def test_a_failure_never_tells_a_value(node: Node, source: str) -> None:
    error = await failure(node, source, value="hunter2 (")
    assert "hunter2" not in f"{error.message} {error.details} {error.__cause__!r}"


async def test_the_line_of_a_failure_is_of_the_program_and_not_of_what_it_evaluates(node: Node) -> None:
    assert (await failure(node, "1\neval('1 +')")).details == {"exception": "SyntaxError", "line": 2}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("total = (1 +", 1),
        ("1\ndef", 2),
        ("def rows():\n    yield 1", 2),
        ("class A(B):\n    pass", 1),
        ("x = 1\ndel x", 2),
        ("break", 1),
        ("\x00", 1),
        ("(" * 100_000, None),
    ],
)
async def test_a_program_that_cannot_be_read_is_found_without_running_it(
    node: Node, source: str, line: int | None
) -> None:
    error = await failure(node, source)
    (flaw,) = flaws_in([source])
    assert (error.type, error.retryable) == ("CodeInvalid", False)
    assert flaw is not None
    assert line is None or (error.details["line"], flaw.line) == (line, line)


@pytest.mark.parametrize(
    "source", ["", "1 / 0", "nobody_defined_this", "import nothing", "while True: pass", "open('x')"]
)
def test_reading_a_program_runs_none_of_it(source: str) -> None:
    assert list(flaws_in([source])) == [None]


# Many, and what is killed


async def test_many_programs_at_once_share_a_bounded_number_of_processes() -> None:
    sandbox, before = Sandbox(processes=2), set(children())
    nodes = [Node("code", sandbox=sandbox) for _ in range(100)]
    results = await asyncio.gather(*(node.run({"source": "n * 2", "inputs": {"n": n}}) for n, node in enumerate(nodes)))
    assert results == [n * 2 for n in range(100)]
    assert len(set(children()) - before) == 2
    sandbox.close()


async def test_a_cancelled_program_ends_at_once_and_gives_its_place_to_the_next() -> None:
    sandbox = Sandbox(Limits(seconds=60), processes=1)
    endless = asyncio.create_task(Node("code", sandbox=sandbox).run({"source": "while True: pass"}))
    queued = asyncio.create_task(Node("code", sandbox=sandbox).run({"source": "while True: pass"}))
    await asyncio.sleep(0.2)
    for task in (queued, endless):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5):
        assert await Node("code", sandbox=sandbox).run({"source": "1 + 1"}) == 2
    sandbox.close()


async def test_a_program_whose_process_is_killed_may_be_tried_again_and_the_next_one_works() -> None:
    sandbox = Sandbox(Limits(seconds=60), processes=1)
    before = set(children())
    running = asyncio.create_task(failure(Node("code", sandbox=sandbox), "while True: pass"))
    await asyncio.sleep(0.2)
    (process,) = set(children()) - before
    os.kill(process, signal.SIGKILL)
    error = await running
    assert (error.type, error.category, error.retryable) == ("CodeCrashed", "platform", True)
    assert await Node("code", sandbox=sandbox).run({"source": "1 + 1"}) == 2
    sandbox.close()


async def test_a_process_that_is_killed_between_two_programs_is_not_noticed() -> None:
    sandbox = Sandbox(processes=1)
    before = set(children())
    await Node("code", sandbox=sandbox).run({"source": "1"})
    for process in set(children()) - before:
        os.kill(process, signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert await Node("code", sandbox=sandbox).run({"source": "1 + 1"}) == 2
    sandbox.close()


async def test_no_process_is_started_before_the_first_program() -> None:
    before = set(children())
    sandbox = Sandbox()
    assert set(children()) == before
    sandbox.close()


def children() -> list[int]:
    """The processes of sandboxes that this process started and that still live."""
    listed = subprocess.run(["ps", "-o", "pid=,ppid=,stat=,comm=", "-A"], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if row[1] == str(os.getpid()) and row[2][0] != "Z" and "monty" in row[3]]
