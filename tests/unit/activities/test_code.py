"""Programs of `code` nodes: what they may say, what they come to, and what is told when they fail."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.code.check import flaws_in
from activities.code.sandbox import Sandbox
from interpreter.values import canonical
from plait.store.payloads import ResultTooLarge
from tests.support.nodes import STARTED, Node
from tests.support.programs import SMALL, failure

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


@settings(max_examples=40)
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
