"""Logs carry the run and the trace, and never a user's value."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from plait.errors import Conflict
from plait.settings import Settings
from plait.telemetry.logs import configure_logging, log_context


class Log:
    """What the process logged, line by line."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    before = logging.root.handlers, logging.root.level
    stream = io.StringIO()
    configure_logging(Settings(log_format="json"), stream=stream)
    yield Log(stream)
    logging.root.handlers, _ = before
    logging.root.setLevel(before[1])


def fail_with(value: str) -> None:
    raise ValueError(value)


def refuse() -> None:
    raise Conflict("the run has ended")


def test_a_line_is_one_json_object_with_what_is_bound(log: Log) -> None:
    with log_context(run_id="r1"), log_context(path="a"):
        logging.getLogger("x").warning("slow %s", "disk")
    logging.getLogger("x").warning("after")
    inside, after = log.lines
    assert inside["message"] == "slow disk"
    assert (inside["level"], inside["logger"], inside["run_id"], inside["path"]) == ("warning", "x", "r1", "a")
    assert inside["time"].endswith("Z")
    assert "run_id" not in after


def test_a_line_inside_a_span_has_the_ids_of_its_trace(log: Log) -> None:
    with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
        logging.getLogger("x").warning("here")
    assert log.lines[0]["trace_id"] == trace.format_trace_id(span.get_span_context().trace_id)


def test_the_message_of_a_foreign_exception_stays_out(log: Log) -> None:
    try:
        try:
            fail_with("hunter2")
        except ValueError as error:
            raise RuntimeError("about hunter2") from error
    except RuntimeError:
        logging.getLogger("temporalio.activity").exception("Completing activity as failed")
    assert "hunter2" not in log.text
    assert "ValueError" in log.lines[0]["exception"]
    assert "in fail_with" in log.lines[0]["exception"]


def test_the_message_of_plaits_own_exception_is_told(log: Log) -> None:
    try:
        refuse()
    except Conflict:
        logging.getLogger("x").exception("refused")
    assert "the run has ended" in log.lines[0]["exception"]


def test_lines_for_people_have_the_context_too() -> None:
    before = logging.root.handlers, logging.root.level
    stream = io.StringIO()
    configure_logging(Settings(log_format="text"), stream=stream)
    with log_context(run_id="r1"):
        logging.getLogger("x").warning("slow")
    logging.root.handlers, _ = before
    logging.root.setLevel(before[1])
    assert stream.getvalue().rstrip().endswith("x: slow [run_id=r1]")
