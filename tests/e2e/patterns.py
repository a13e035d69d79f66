"""How each pattern is run on a real server: what it is given, what people and the outside say, what comes of it."""

from dataclasses import dataclass, field
from typing import Any

COMPLETED, CANCELLED, SKIPPED = "completed", "cancelled", "skipped"


@dataclass(frozen=True, slots=True)
class Story:
    """`gates` are decisions by path, `nodes` statuses by path. Events are sent when the run has started."""

    input: dict[str, Any] = field(default_factory=dict)
    gates: dict[str, str] = field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()
    cancelled: bool = False
    status: str = COMPLETED
    output: Any = None
    nodes: dict[str, str] = field(default_factory=dict)


FILES: dict[str, str] = {
    "quotes/hinge/north.json": '{"price": 5}',
    "quotes/hinge/south.json": '{"price": 5}',
    "orders.csv": "number,amount\nA1,20\nA2,30\n",
    "copy/prices/lamp.json": "12",
    "rates/yesterday.json": '{"usd": 1.08}',
    "a.txt": "hello",
}
"""What the patterns read, below the files folder."""

STORIES: dict[str, Story] = {
    "sequence": Story({"name": "Ana"}, output={"letter": "letters/1001.txt", "size": 45}),
    "parallel-split": Story({"number": "A7", "item": "lamp"}, nodes={"label": COMPLETED}),
    "synchronisation": Story(
        {"income": 3000, "debts": 12000, "passport": "?"},
        output={"decision": "the passport cannot be read"},
        nodes={"checked": SKIPPED},
    ),
    "exclusive-choice": Story({"kilos": 10}, output={"send_it": {"carrier": "courier", "price": 9}}),
    "simple-merge": Story({"customer": "regular", "amount": 50}, output={"offer": "We offer it for 45 EUR."}),
    "multi-choice": Story({"amount": 50, "stolen": True}, nodes={"police": COMPLETED, "doctor": SKIPPED}),
    "structured-synchronising-merge": Story({"hotel": True, "car": True}, output={"total": 275}),
    "discriminator": Story({"part": "hinge"}, output={"reply": {"part": "hinge", "quote": {"price": 5}}}),
    "cancelling-discriminator": Story(
        {"number": "P1"},
        events=({"name": "scan", "key": "P1", "payload": {"place": "Oslo"}},),
        output={"found": {"by": "scanner", "told": {"place": "Oslo"}}},
        nodes={"depot": CANCELLED, "patience": CANCELLED, "lost": CANCELLED},
    ),
    "n-out-of-m-join": Story(
        {"amount": 900},
        gates={"finance": "approved", "operations": "approved"},
        nodes={"pay": COMPLETED, "legal": CANCELLED},
    ),
    "deferred-choice": Story(
        {"order": "A1"},
        events=({"name": "payment", "key": "A1", "payload": {"amount": 20}},),
        output={"order": "shipped"},
        nodes={"on_account": CANCELLED, "patience": CANCELLED},
    ),
    "multiple-instances-design-time": Story(
        output={"ready": "4 reports for 2026-Q1"}, nodes={"reports.3.report": COMPLETED}
    ),
    "multiple-instances-run-time": Story(output={"list": "A1: small, A2: small"}, nodes={"each.1.look": SKIPPED}),
    "arbitrary-cycles": Story({"kilobytes": 90000}, output={"mail": "a link, as 4 times smaller is still too large"}),
    "milestone": Story(
        {"size": "M"},
        events=({"name": "change", "payload": {"size": "L"}}, {"name": "paid"}),
        output={"ship": "L"},
        nodes={"packing": CANCELLED},
    ),
    "cancel-activity": Story(
        {"service": "shop"},
        events=({"name": "recovered", "key": "shop"},),
        output={"report": "shop does not answer; ended by recovered"},
        nodes={"engineer": CANCELLED},
    ),
    "cancel-region": Story(
        {"name": "Ana"},
        events=({"name": "withdrawn"},),
        output={"goodbye": "the file of Ana is closed"},
        nodes={"references": CANCELLED, "interview": CANCELLED, "day_of_work": CANCELLED, "checked": CANCELLED},
    ),
    "cancel-case": Story(
        {"table": "12"},
        cancelled=True,
        status="cancelled",
        nodes={"confirmed": CANCELLED, "hold~undo": COMPLETED, "log": COMPLETED},
    ),
    "explicit-termination": Story(
        {"country": "no", "paid_from": "xx"}, gates={"look": "fraud"}, status="failed", nodes={"pack": CANCELLED}
    ),
    "persistent-trigger": Story(
        {"order": "A1"},
        events=({"name": "delivered", "key": "A1", "payload": {"pieces": 4}},),
        gates={"approve": "approved"},
        output={"store": "4 pieces are in the store"},
    ),
    "hedged-call": Story({"item": "lamp"}, output={"answer": {"from": "copy", "price": 12}}, nodes={"main": "failed"}),
    "saga": Story(status="failed", nodes={"hotel~undo": COMPLETED, "flight~undo": COMPLETED, "report": COMPLETED}),
    "retry-with-fallback": Story(output={"price": {"usd": 108, "old": True}}, nodes={"today": "failed"}),
    "per-item-retry": Story(
        {"files": ["a.txt", "nowhere.txt"]},
        output={"report": {"characters": 5, "unread": ["nowhere.txt"]}},
        nodes={"each.0": COMPLETED, "each.1": "failed"},
    ),
    "approval-loop": Story(
        {"text": "Hello"},
        gates={"review~1.approve": "rejected", "review~2.approve": "approved"},
        nodes={"review": COMPLETED, "review~2.draft": COMPLETED, "publish": COMPLETED, "shelve": SKIPPED},
    ),
}
"""By the pattern's name. What waits for a code of its own making has a test of its own."""
