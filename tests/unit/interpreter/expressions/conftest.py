"""A scope like that of a run, and the shortest way to a value."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from interpreter.expressions import Fuel, Scope, evaluate, parse

# The same inputs each time, and no time limit on one: a busy machine must not fail a property.
PROFILE = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
    database=None,
)

NAMES: dict[str, Any] = {
    "input": {
        "region": "eu",
        "amount": 120,
        "share": 0.25,
        "nothing": None,
        "rows": [{"id": 1, "ok": True}, {"id": 2, "ok": False}],
        "numbers": [3, 1, 2],
        "counts": {"b": 1, "a": 2, "ä": 3},
        "text": "{{ vars.secret }}",
    },
    "vars": {"threshold": 0.8, "secret": "s3cr3t-value"},
    "nodes": {"score": {"status": "completed", "output": {"value": 0.9}}, "skipped": {"status": "skipped"}},
}


class Language:
    """Evaluates texts in one scope."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.scope = Scope(names)

    def __call__(self, source: str, fuel: Fuel | None = None) -> Any:
        return evaluate(parse(source), self.scope, fuel)


@pytest.fixture
def value() -> Language:
    return Language(NAMES)
