"""What of a row is shown as a node run."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from api.runs.views import node_of


def test_an_agent_shows_what_its_lost_attempts_took_too() -> None:
    row: defaultdict[str, Any] = defaultdict(lambda: None)
    row |= {"path": "ask", "node": "ask", "type": "agent_call", "name": "ask", "status": "completed", "attempt": 0}
    row |= {"cost_usd": Decimal("0.0107"), "input_tokens": 20, "output_tokens": 10, "every_attempt": []}
    row["metadata"] = {"usage": {"input_tokens": 10, "output_tokens": 5}, "cost_usd": 0.002}
    shown = node_of(row, redacted=True)
    assert (shown.cost_usd, shown.tokens.input, shown.tokens.output) == ("0.0107", 20, 10)
