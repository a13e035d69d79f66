"""The Recorder's decisions, over whatever a fleet of zombies, retries and races may tell it."""

from hypothesis import given
from hypothesis import strategies as st

from interpreter.state import FINAL_NODE, FINAL_RUN
from plait.clock import new_id
from plait.store.changes import Change, RunRow
from plait.store.ledger import RunNow
from tests.support.runs import NOON, PROJECT, a_node, an_event

RUN = new_id()
PATHS = st.sampled_from(["fetch", "clean", "load"])
NODE_STATUSES = st.sampled_from(["running", "retrying", "waiting", "held", *sorted(FINAL_NODE)])
RUN_STATUSES = st.sampled_from(["running", "paused", "stopping", *sorted(FINAL_RUN)])


@st.composite
def node_changes(draw: st.DrawFn) -> Change:
    path, status, attempt = draw(PATHS), draw(NODE_STATUSES), draw(st.integers(0, 3))
    output = draw(st.integers(0, 2)) if status == "completed" else None
    event = an_event(f"workflow.node.{status}", path, attempt)
    node = a_node(path, status, attempt=attempt, output=output, generation=draw(st.integers(1, 2)))
    return Change(RUN, PROJECT, node=node, events=(event,))


@st.composite
def run_changes(draw: st.DrawFn) -> Change:
    status = draw(RUN_STATUSES)
    return Change(RUN, PROJECT, run=RunRow(status, NOON), events=(an_event(f"workflow.run.{status}"),))


CHANGES = st.lists(node_changes() | run_changes(), max_size=30)


def a_run() -> RunNow:
    return RunNow(RUN, PROJECT, "pending")


@given(CHANGES)
def test_numbers_have_no_gap_and_no_event_is_told_twice(changes: list[Change]) -> None:
    run = a_run()
    for change in changes:
        run.apply(change)
    assert [seq for seq, _ in run.events] == list(range(1, run.last_seq + 1))
    keys = [event.key for _, event in run.events]
    assert len(keys) == len(set(keys))


@given(CHANGES)
def test_an_end_is_never_written_over(changes: list[Change]) -> None:
    run = a_run()
    ends: dict[tuple[str, int], tuple[object, ...]] = {}
    for change in changes:
        run.apply(change)
        for key, node in run.nodes.items():
            if node.status in FINAL_NODE:
                end = (node.status, node.attempt, node.output_sha256)
                assert ends.setdefault(key, end) == end


@given(CHANGES)
def test_a_final_run_writes_nothing_more(changes: list[Change]) -> None:
    run = a_run()
    ended: tuple[object, ...] | None = None
    for change in changes:
        run.apply(change)
        now = (run.status, run.last_seq, run.completed_nodes, len(run.nodes))
        assert ended in {None, now}
        if run.status in FINAL_RUN:
            ended = now


@given(CHANGES)
def test_each_settled_path_is_counted_once(changes: list[Change]) -> None:
    run = a_run()
    for change in changes:
        run.apply(change)
    settled = {path for (path, _), node in run.nodes.items() if node.status in FINAL_NODE}
    assert run.completed_nodes == len(settled)


@given(CHANGES, node_changes() | run_changes())
def test_what_was_accepted_is_accepted_again_and_tells_nothing_new(changes: list[Change], last: Change) -> None:
    run = a_run()
    for change in changes:
        run.apply(change)
    first = run.apply(last)
    before = (run.status, run.last_seq, run.completed_nodes)
    again = run.apply(last)
    assert again.accepted == first.accepted
    assert (run.status, run.last_seq, run.completed_nodes) == before


def test_an_attempt_that_never_told_how_it_ended_is_lost() -> None:
    run = a_run()
    for number in (1, 2):
        log = {"attempt": number, "status": "running"}
        run.apply(Change(RUN, PROJECT, node=a_node("fetch", "running", attempt=number, attempt_log=log)))
    (node,) = run.nodes.values()
    assert [each["status"] for each in node.attempts] == ["lost", "running"]
    run.apply(Change(RUN, PROJECT, node=a_node("fetch", "failed", attempt=0)))
    assert [each["status"] for each in node.attempts] == ["lost", "lost"]


def test_an_attempt_of_a_node_that_is_cancelled_is_cancelled() -> None:
    run = a_run()
    log = {"attempt": 1, "status": "running"}
    run.apply(Change(RUN, PROJECT, node=a_node("fetch", "running", attempt=1, attempt_log=log)))
    run.apply(Change(RUN, PROJECT, node=a_node("fetch", "cancelled", attempt=0)))
    (node,) = run.nodes.values()
    assert node.attempts == [{"attempt": 1, "status": "cancelled"}]
