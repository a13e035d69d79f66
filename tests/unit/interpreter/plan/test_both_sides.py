"""Each limit of a document from both sides: what it still allows, and what it does not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from interpreter.document.builder import LIMIT_DEPTH, LIMIT_KEYS
from interpreter.document.model import LONGEST, SLUG_LENGTH
from interpreter.document.read import LIMIT_BYTES, read_document
from interpreter.expressions.limits import BYTES, LEVELS, LINKS
from interpreter.plan.bodies import MOST_AT_ONCE, MOST_LAPS
from interpreter.plan.compile import compile_document
from interpreter.plan.limits import DEPTH, EDGES, NODES
from tests.support import poison
from tests.support.documents import CATALOGUE

Make = Callable[[int], Any]


def computing(expression: str) -> dict[str, Any]:
    return poison.chain("a", 1, f"{{{{{expression}}}}}")


def padded(size: int) -> bytes:
    source = json.dumps(poison.chain("a", 1)).encode()
    return source + b" " * (size - len(source))


def wrapped(levels: int) -> dict[str, Any]:
    """A document in which the innermost list stands on this level; the document itself is level 1."""
    value: Any = []
    for _ in range(levels - 5):
        value = [value]
    return poison.chain("a", 1, value)


def each(at_once: int) -> dict[str, Any]:
    return poison.items("a", poison.transform("b"), max_concurrency=at_once)


def calling(**said: Any) -> dict[str, Any]:
    node = {"id": "a", "type": "http_request", "with": {"method": "GET", "url": "https://example.com"}}
    return poison.document("a", [{**node, **said}])


LIMITS: list[tuple[str, int, Make, str]] = [
    ("bytes", LIMIT_BYTES, padded, "document_too_large"),
    ("levels of values", LIMIT_DEPTH, wrapped, "too_deep"),
    ("keys", LIMIT_KEYS, lambda n: poison.chain("a", 1, {f"k{at}": at for at in range(n)}), "too_many_keys"),
    ("nodes", NODES, lambda n: poison.chain("a", n), "too_many_nodes"),
    ("edges", EDGES, lambda n: poison.dense("a", n), "too_many_edges"),
    ("bodies", DEPTH, lambda n: poison.nested("a", n), "too_deep_bodies"),
    ("laps", MOST_LAPS, lambda n: poison.laps("a", n), "wrong_parameter"),
    ("items at once", MOST_AT_ONCE, each, "wrong_parameter"),
    ("expression", BYTES, lambda n: computing(poison.bushy(20, n)), "expression"),
    ("levels of expressions", LEVELS, lambda n: computing(poison.bushy(n, 300)), "expression"),
    ("chain", LINKS, lambda n: computing("+".join(["1"] * n)), "expression"),
    ("slug", SLUG_LENGTH, lambda n: poison.chain("a" * n, 1), "invalid_slug"),
    ("duration", int(LONGEST), lambda n: calling(timeout=n), "invalid_duration"),
    ("attempts", 10_000, lambda n: calling(retry={"max_attempts": n}), "invalid_value"),
]


def codes(said: Any) -> list[str]:
    """The codes of what is wrong with a document."""
    reading = read_document(said if isinstance(said, bytes) else json.dumps(said), "application/json")
    if reading.document is None:
        return [problem.code for problem in reading.problems]
    return [problem.code for problem in compile_document(reading.document, CATALOGUE).problems]


@pytest.mark.parametrize(("limit", "make", "code"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_a_document_at_its_limit_is_taken_and_one_step_over_it_is_refused(limit: int, make: Make, code: str) -> None:
    assert codes(make(limit)) == []
    assert codes(make(limit + 1)) == [code]
